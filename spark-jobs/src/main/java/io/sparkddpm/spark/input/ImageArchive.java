package io.sparkddpm.spark.input;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.FileFormat;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Lists the images of a zip file, in the order of its directory, by the same rules as {@link
 * ImageFolder}: of the files that it would unpack to, those that the folder's listing would take.
 *
 * @param images in order
 * @param paths that they would be unpacked to, below the folder where that is done
 * @param passedOver what was not taken
 */
public record ImageArchive(
    List<ZipArchive.Entry> images, List<String> paths, PassedOver passedOver) {
  private static final String UP = "..";
  private static final byte[] START = {'P', 'K'};

  /**
   * Whether a file is an archive, by its name, so that a damaged one is refused, or its first
   * bytes.
   */
  public static boolean isZip(Configuration conf, FileStatus file) {
    String name = file.getPath().getName().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zip") || name.endsWith(".npz")) {
      return true;
    }
    try (InputStream in = Locations.fileSystem(conf, file.getPath().toUri()).open(file.getPath())) {
      return Arrays.equals(in.readNBytes(START.length), START);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file.getPath(), e.getMessage());
    }
  }

  /**
   * Lists an archive.
   *
   * @param aside names of files that have another use, and are neither taken nor counted
   * @throws UserException naming archive and entry, if it is damaged, an image of it is encrypted
   *     or compressed by an unknown method, or two would be unpacked to one place
   */
  public static ImageArchive of(ZipArchive zip, List<ZipArchive.Entry> entries, Set<String> aside)
      throws IOException {
    List<ZipArchive.Entry> images = new ArrayList<>();
    Map<String, ZipArchive.Entry> places = new LinkedHashMap<>();
    PassedOver passedOver = new PassedOver();
    boolean windows = isOfWindows(entries);
    for (ZipArchive.Entry entry : entries) {
      String path = path(entry.name(), windows);
      if (aside.contains(entry.name()) || path.endsWith("/")) {
        continue;
      }
      Optional<String> reason = passedOver(path);
      if (reason.isPresent()) {
        passedOver.add(entry.name(), reason.get());
      } else if (entry.length() > ImageFolder.LARGEST) {
        passedOver.add(entry.name(), "larger than 2 GiB");
      } else if (ImageNames.isImage(entry.name()) || isImage(zip, entry)) {
        zip.check(entry);
        images.add(entry);
        refuseTwin(zip, entry, places.put(path, entry));
      } else {
        String what = zip.isReadable(entry) ? "not an image" : "encrypted or of an unknown method";
        passedOver.add(entry.name(), what);
      }
    }
    return new ImageArchive(images, List.copyOf(places.keySet()), passedOver);
  }

  private static void refuseTwin(ZipArchive zip, ZipArchive.Entry entry, ZipArchive.Entry twin) {
    if (twin != null) {
      throw new UserException(
          "%s holds %s and %s, which are one place; which of them is meant?",
          zip.source(), twin.shown(), entry.shown());
    }
  }

  /** Some tools of Windows separate folders by backslashes, against the format's rules. */
  private static boolean isOfWindows(List<ZipArchive.Entry> entries) {
    return entries.stream().noneMatch(e -> e.name().contains("/"));
  }

  /** Separated by slashes, and relative. */
  private static String path(String name, boolean windows) {
    String path = windows ? name.replace('\\', '/') : name;
    return path.replaceFirst("^(\\.?/+)+", "");
  }

  /**
   * For each image the folder that it lies in, at any depth, directly in the archive, or in the one
   * folder that holds all; empty if in none.
   */
  public List<String> folders() {
    if (paths.isEmpty()) {
      return List.of();
    }
    List<String> names = paths;
    List<String> folders = first(names);
    while (!folders.get(0).isEmpty() && folders.stream().distinct().count() == 1) {
      int cut = folders.get(0).length() + 1;
      names = names.stream().map(n -> n.substring(cut)).toList();
      folders = first(names);
    }
    return folders;
  }

  private static List<String> first(List<String> names) {
    return names.stream().map(n -> n.substring(0, Math.max(0, n.indexOf('/')))).toList();
  }

  private static Optional<String> passedOver(String path) {
    for (String name : path.split("/")) {
      if (name.equals(UP)) {
        return Optional.of("a name that leads out of the archive");
      }
      Optional<String> reason = name.equals(".") ? Optional.empty() : ImageNames.passedOver(name);
      if (reason.isPresent()) {
        return reason;
      }
    }
    return Optional.empty();
  }

  private static boolean isImage(ZipArchive zip, ZipArchive.Entry entry) throws IOException {
    if (!zip.isReadable(entry)) {
      return false;
    }
    try (InputStream in = zip.open(entry)) {
      return FileFormat.of(in.readNBytes(FileFormat.HEAD)).isPresent();
    }
  }
}
