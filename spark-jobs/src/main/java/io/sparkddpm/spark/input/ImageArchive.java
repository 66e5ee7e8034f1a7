package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.FileFormat;
import io.sparkddpm.image.ZipArchive;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Lists the images of a zip file, in the order of its directory, by the same rules as {@link
 * ImageFolder}: of the files that it would unpack to, those that the folder's listing would take.
 *
 * @param images in order
 * @param passedOver what was not taken
 */
public record ImageArchive(List<ZipArchive.Entry> images, PassedOver passedOver) {
  private static final String UP = "..";
  private static final byte[] START = {'P', 'K'};

  /**
   * Whether a file is an archive, by its first bytes or, so that a damaged one is told, its name.
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
   * @throws UserException naming archive and entry, if it is damaged, or an image of it is
   *     encrypted or compressed by an unknown method
   */
  public static ImageArchive of(ZipArchive zip, List<ZipArchive.Entry> entries, Set<String> aside)
      throws IOException {
    List<ZipArchive.Entry> images = new ArrayList<>();
    PassedOver passedOver = new PassedOver();
    for (ZipArchive.Entry entry : entries) {
      if (aside.contains(entry.name())) {
        continue;
      }
      Optional<String> reason = passedOver(entry.name());
      if (reason.isPresent()) {
        passedOver.add(entry.name(), reason.get());
      } else if (entry.length() > ImageFolder.LARGEST) {
        passedOver.add(entry.name(), "larger than 2 GiB");
      } else if (ImageNames.isImage(entry.name()) || isImage(zip, entry)) {
        zip.check(entry);
        images.add(entry);
      } else {
        passedOver.add(entry.name(), "not an image");
      }
    }
    return new ImageArchive(images, passedOver);
  }

  /**
   * For each image the folder that it lies in, at any depth, directly in the archive, or in the one
   * folder that holds all; empty if in none.
   */
  public static List<String> folders(List<ZipArchive.Entry> images) {
    if (images.isEmpty()) {
      return List.of();
    }
    List<String> names = images.stream().map(e -> e.name().replaceFirst("^(\\./)+", "")).toList();
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
