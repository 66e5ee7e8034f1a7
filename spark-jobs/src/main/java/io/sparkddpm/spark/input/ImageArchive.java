package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.FileFormat;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Lists the images of an archive, in its order, by the same rules as {@link ImageFolder}: of the
 * files that it would unpack to, those that the folder's listing would take.
 *
 * @param <E> a file of the archive
 * @param images in order
 * @param paths that they would be unpacked to, below the folder where that is done
 * @param passedOver what was not taken
 */
public record ImageArchive<E>(List<E> images, List<String> paths, PassedOver passedOver) {
  private static final String UP = "..";
  private static final byte[] ZIP = {'P', 'K'};
  private static final byte[] TAR = {'u', 's', 't', 'a', 'r'};
  private static final int TAR_AT = 257;

  /**
   * Whether a file is a zip file, by its name, so that a damaged one is refused, or its first
   * bytes.
   */
  public static boolean isZip(Configuration conf, FileStatus file) {
    return isCalled(file, ".zip", ".npz") || hasBytes(conf, file, 0, ZIP);
  }

  /** Whether a file is a tar file, compressed ones included, by its name or its first bytes. */
  public static boolean isTar(Configuration conf, FileStatus file) {
    return isCalled(file, ".tar", ".tar.gz", ".tgz") || hasBytes(conf, file, TAR_AT, TAR);
  }

  private static boolean isCalled(FileStatus file, String... extensions) {
    return FilesBelow.isOf(file.getPath().getName(), List.of(extensions));
  }

  private static boolean hasBytes(Configuration conf, FileStatus file, int at, byte[] bytes) {
    try (InputStream in = Locations.fileSystem(conf, file.getPath().toUri()).open(file.getPath())) {
      return in.readNBytes(at).length == at && Arrays.equals(in.readNBytes(bytes.length), bytes);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file.getPath(), e.getMessage());
    }
  }

  /**
   * Lists an archive.
   *
   * @param entries of the archive
   * @param aside names of files that have another use, and are neither taken nor counted
   * @throws UserException naming archive and entry, if an image of it cannot be read, or two would
   *     be unpacked to one place
   */
  public static <E> ImageArchive<E> of(ArchiveFiles<E> files, List<E> entries, Set<String> aside)
      throws IOException {
    List<E> images = new ArrayList<>();
    Map<String, E> places = new LinkedHashMap<>();
    PassedOver passedOver = new PassedOver();
    boolean windows = entries.stream().noneMatch(e -> files.name(e).contains("/"));
    for (E entry : entries) {
      String name = files.name(entry);
      String path = path(name, windows);
      if (aside.contains(name) || path.endsWith("/")) {
        continue;
      }
      Optional<String> reason = passedOver(path);
      if (reason.isPresent()) {
        passedOver.add(name, reason.get());
      } else if (files.length(entry) > ImageFolder.LARGEST) {
        passedOver.add(name, "larger than 2 GiB");
      } else if (ImageNames.isImage(name) || isImage(files, entry)) {
        files.check(entry);
        images.add(entry);
        E twin = places.put(path, entry);
        if (twin != null) {
          throw new UserException(
              "%s holds %s and %s, which are one place; which of them is meant?",
              files.source(), shown(files.name(twin)), shown(name));
        }
      } else {
        passedOver.add(name, files.unreadable(entry).orElse("not an image"));
      }
    }
    return new ImageArchive<>(images, List.copyOf(places.keySet()), passedOver);
  }

  private static String shown(String name) {
    return name.replaceAll("\\p{Cc}", "?");
  }

  /**
   * Separated by slashes, and relative.
   *
   * @param windows whether folders are separated by backslashes, against the formats' rules
   */
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

  private static <E> boolean isImage(ArchiveFiles<E> files, E entry) throws IOException {
    return files.unreadable(entry).isEmpty()
        && FileFormat.of(files.head(entry, FileFormat.HEAD)).isPresent();
  }
}
