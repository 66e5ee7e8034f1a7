package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Lists the images below a folder, sorted by name, folder by folder. The set is the same for every
 * command:
 *
 * <ul>
 *   <li>Files that are images by content, and files that their names call images: whether those can
 *       be decoded turns out where they are read. Nothing else is opened here than files whose
 *       names do not say that they are images.
 *   <li>What names hide ({@link ImageNames}), and what is neither file nor directory, is passed
 *       over unopened.
 *   <li>Links are followed, each place once: a link to what lies below the folder itself, or to
 *       what another link led to, is passed over. A loop ends where it closes.
 * </ul>
 */
public final class ImageFolder {
  /** More bytes than any image file has that could be decoded. */
  static final long LARGEST = Integer.MAX_VALUE - 8;

  private final Configuration conf;
  private final Path root;
  private final Optional<java.nio.file.Path> realRoot;
  private final Set<String> aside;
  private final Consumer<FoundFile> consumer;
  private final PassedOver passedOver = new PassedOver();
  private final Set<java.nio.file.Path> linked = new HashSet<>();
  private final FileHeads heads;

  private ImageFolder(
      Configuration conf, Path root, Set<String> aside, Consumer<FoundFile> consumer) {
    this.conf = conf;
    this.root = root;
    this.realRoot = Directories.local(conf, root).map(ImageFolder::real);
    this.aside = aside;
    this.consumer = consumer;
    this.heads = new FileHeads(conf);
  }

  /**
   * Lists a folder.
   *
   * @param aside names of files directly in the folder that have another use, and are neither taken
   *     nor counted
   * @param consumer takes the images in order
   * @return what was passed over
   * @throws UserException naming the place, if a directory cannot be listed, a file's name is not
   *     valid UTF-8, or a file that must be opened to see what it is cannot be opened
   */
  public static PassedOver forEach(
      Configuration conf, Path folder, Set<String> aside, Consumer<FoundFile> consumer) {
    ImageFolder list = new ImageFolder(conf, folder, aside, consumer);
    list.walk(folder, list.realRoot, "", false);
    return list.passedOver;
  }

  /**
   * Lists one directory.
   *
   * @param real where it lies without links, if this machine can tell
   * @param top the folder of the root that it lies in; empty for the root
   * @param linkedTo whether a link led here
   */
  private void walk(
      Path directory, Optional<java.nio.file.Path> real, String top, boolean linkedTo) {
    List<Child> seen = new ArrayList<>();
    for (Child child : Directories.children(conf, directory)) {
      Optional<String> reason = ImageNames.passedOver(child.name());
      if (reason.isPresent()) {
        passOver(directory, child, reason.get());
      } else if (child.kind() == Child.Kind.OTHER) {
        passOver(directory, child, child.reason());
      } else if (!directory.equals(root) || !aside.contains(child.name())) {
        seen.add(child);
      }
    }
    Set<String> foreign = heads.foreign(directory, seen);
    for (Child child : seen) {
      Path path = Directories.child(directory, child.name());
      if (foreign.contains(child.name())) {
        passOver(directory, child, "not an image");
        continue;
      }
      if (child.size() > LARGEST) {
        passOver(directory, child, "larger than 2 GiB");
        continue;
      }
      Optional<java.nio.file.Path> place = place(real, child);
      boolean byLink = linkedTo || child.link();
      Optional<String> again = byLink ? place.flatMap(p -> takenAnyway(p)) : Optional.empty();
      if (again.isPresent()) {
        passOver(
            directory,
            child,
            (child.link() ? "a link to " : "reached by a link as ") + again.get());
      } else if (child.isDirectory()) {
        walk(path, place, top.isEmpty() ? child.name() : top, byLink);
      } else {
        consumer.accept(new FoundFile(path, top, child.size(), child.modified()));
      }
    }
  }

  private static Optional<java.nio.file.Path> place(
      Optional<java.nio.file.Path> parent, Child child) {
    if (parent.isEmpty()) {
      return Optional.empty();
    }
    java.nio.file.Path below = parent.get().resolve(child.name());
    return Optional.of(child.link() ? real(below) : below);
  }

  /** Why a place that a link led to is not taken there: it is listed without, or was before. */
  private Optional<String> takenAnyway(java.nio.file.Path place) {
    java.nio.file.Path own = realRoot.orElseThrow();
    if (place.startsWith(own) && !hidden(own.relativize(place))) {
      return Optional.of(place + ", which is listed itself");
    }
    return linked.add(place) ? Optional.empty() : Optional.of(place + ", which is listed already");
  }

  private static boolean hidden(java.nio.file.Path below) {
    for (java.nio.file.Path name : below) {
      if (ImageNames.passedOver(name.toString()).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private static java.nio.file.Path real(java.nio.file.Path path) {
    try {
      return Files.exists(path) ? path.toRealPath() : path;
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  private void passOver(Path directory, Child child, String reason) {
    String path = Directories.child(directory, child.name()).toUri().getPath();
    String prefix = root.toUri().getPath();
    String name = path.substring(prefix.endsWith("/") ? prefix.length() : prefix.length() + 1);
    passedOver.add(child.isDirectory() ? name + "/" : name, reason);
  }
}
