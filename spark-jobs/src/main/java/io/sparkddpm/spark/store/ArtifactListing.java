package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The artefacts in a directory, and in directories below it that are not artefacts themselves.
 * Reads manifests only: {@code verify} reads the files that they list.
 *
 * @param found whole manifests, by path
 * @param unfinished what has no manifest and is held, or was when its writer died, by path
 * @param unreadable a line for each manifest that this version cannot read, saying why
 */
public record ArtifactListing(
    List<Found> found, List<Unfinished> unfinished, List<String> unreadable) {
  /** Directories below the one that is listed. */
  private static final int DEPTH = 3;

  /**
   * An artefact.
   *
   * @param name its path below the directory that is listed; "." for that directory itself
   */
  public record Found(String name, Manifest manifest) {
    /** Bytes of all files that the manifest lists. */
    public long bytes() {
      return manifest.files().stream().mapToLong(FileEntry::size).sum();
    }

    /**
     * The counts of its manifest but those of single classes, such as {@code images=1000 shards=4}.
     *
     * @param items what its items are called, which manifests call images whatever they are
     */
    public String counts(String items) {
      return manifest.counts().entrySet().stream()
          .filter(e -> !e.getKey().contains("/"))
          .map(e -> (e.getKey().equals("images") ? items : e.getKey()) + "=" + e.getValue())
          .collect(Collectors.joining(" "));
    }
  }

  /**
   * A directory that is being written, or whose writer was broken off.
   *
   * @param name as that of an artefact
   * @param holders a line for each process that holds it
   */
  public record Unfinished(String name, List<String> holders) {}

  /**
   * Lists a directory.
   *
   * @throws UserException if it is a file or does not exist
   * @throws UnreadableException if the file system fails
   */
  public static ArtifactListing of(Configuration conf, URI dir) {
    Lookup.requireDirectory(conf, dir);
    ArtifactListing listing =
        new ArtifactListing(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    listing.look(conf, dir, ".", DEPTH);
    return listing;
  }

  private void look(Configuration conf, URI dir, String name, int depth) {
    TreeMap<String, URI> below = new TreeMap<>();
    boolean isArtifact = false;
    boolean isHeld = false;
    for (FileStatus status : Lookup.list(conf, dir)) {
      Path path = status.getPath();
      isArtifact |= status.isFile() && path.getName().equals(Manifest.FILE_NAME);
      isHeld |= Lease.isOwn(path.getName());
      if (status.isDirectory() && !path.getName().startsWith("_")) {
        below.put(path.getName(), path.toUri());
      }
    }
    if (isArtifact) {
      add(conf, dir, name);
      return;
    }
    if (isHeld) {
      unfinished.add(new Unfinished(name, LeaseHolders.of(conf, dir)));
    }
    if (depth > 0) {
      below.forEach(
          (child, uri) ->
              look(conf, uri, name.equals(".") ? child : name + "/" + child, depth - 1));
    }
  }

  private void add(Configuration conf, URI dir, String name) {
    try {
      found.add(new Found(name, Artifact.open(conf, dir).manifest()));
    } catch (UnreadableException e) {
      throw e;
    } catch (UserException e) {
      unreadable.add(e.getMessage());
    }
  }
}
