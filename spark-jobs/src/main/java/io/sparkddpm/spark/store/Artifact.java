package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.IncompleteManifestException;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** A whole artefact, open for reading. Threads may share it. */
public final class Artifact {
  private final Configuration conf;
  private final URI dir;
  private final Manifest manifest;

  Artifact(Configuration conf, URI dir, Manifest manifest) {
    this.conf = conf;
    this.dir = dir;
    this.manifest = manifest;
  }

  /**
   * Opens an artefact of any kind.
   *
   * @throws UserException naming the file, if there is no whole manifest or this version cannot
   *     read it
   * @throws UnreadableException if the file system fails
   */
  public static Artifact open(Configuration conf, URI dir) {
    Optional<byte[]> json = manifestBytes(conf, dir);
    if (json.isEmpty()) {
      throw missing(conf, dir);
    }
    return new Artifact(conf, dir, Manifest.fromJson(json.get(), manifestUri(dir).toString()));
  }

  /**
   * Opens an artefact of one kind.
   *
   * @throws UserException also if it is of another kind
   */
  public static Artifact open(Configuration conf, URI dir, ArtifactKind kind) {
    Artifact artifact = open(conf, dir);
    if (artifact.manifest.kind() != kind) {
      throw new UserException("%s holds a %s, not a %s", dir, artifact.manifest.kind(), kind);
    }
    return artifact;
  }

  /**
   * Opens an artefact whose content must be the expected one.
   *
   * @throws UserException also if its fingerprint is another
   */
  public static Artifact open(
      Configuration conf, URI dir, ArtifactKind kind, String expectedFingerprint) {
    Artifact artifact = open(conf, dir, kind);
    if (!artifact.manifest.fingerprint().equals(expectedFingerprint)) {
      throw new UserException(
          "%s is not the %s that was used before: its fingerprint is %s, expected %s",
          dir, kind, artifact.manifest.fingerprint(), expectedFingerprint);
    }
    return artifact;
  }

  /**
   * Whether a whole manifest lies there. An interrupted artefact (no manifest, or one that is cut
   * off) does not exist.
   *
   * @throws UserException if a manifest lies there that is foreign, altered or of a newer format
   * @throws UnreadableException if it cannot be found out
   */
  public static boolean exists(Configuration conf, URI dir) {
    Optional<byte[]> json = manifestBytes(conf, dir);
    if (json.isEmpty()) {
      return false;
    }
    try {
      Manifest.fromJson(json.get(), manifestUri(dir).toString());
      return true;
    } catch (IncompleteManifestException e) {
      return false;
    }
  }

  public URI dir() {
    return dir;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The URI of a listed file, for readers on executors. */
  public URI uri(String relPath) {
    return Locations.resolve(dir, entry(relPath).path());
  }

  /**
   * Streams a listed file and checks it: a wrong size is refused at once, a wrong hash when the
   * stream ends or, at the latest, when it is closed after its last byte.
   *
   * @throws UserException naming the file
   * @throws UnreadableException if the file system fails
   */
  public InputStream input(String relPath) {
    return input(conf, dir, entry(relPath));
  }

  /** As {@link #input(String)}, on an executor that holds only the entry. */
  public static InputStream input(Configuration conf, URI dir, FileEntry entry) {
    URI uri = Locations.resolve(dir, entry.path());
    Path path = new Path(uri);
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      FileStatus status = fs.getFileStatus(path);
      if (status.getLen() != entry.size()) {
        throw new UserException(
            "%s has %d bytes, its manifest says %d: it is truncated or was replaced",
            uri, status.getLen(), entry.size());
      }
      return new VerifyingInputStream(Locations.openWhole(fs, status), uri, entry);
    } catch (FileNotFoundException e) {
      Lookup.confirmAbsent(conf, uri, e);
      throw new UserException(e, "%s is missing, though the manifest lists it", uri);
    } catch (IOException e) {
      throw Lookup.unreadable(uri, e);
    }
  }

  /** A listed file, whole and checked. */
  public byte[] read(String relPath) {
    return read(conf, dir, entry(relPath));
  }

  /** As {@link #read(String)}, on an executor that holds only the entry. */
  public static byte[] read(Configuration conf, URI dir, FileEntry entry) {
    URI uri = Locations.resolve(dir, entry.path());
    checkArgument(
        entry.size() <= Integer.MAX_VALUE - 8,
        "%s has %s bytes: too large to be read at once",
        uri,
        entry.size());
    try (InputStream in = input(conf, dir, entry)) {
      byte[] bytes = new byte[(int) entry.size()];
      int read = in.readNBytes(bytes, 0, bytes.length);
      if (read < bytes.length || in.read() >= 0) {
        throw new UserException("%s changed its size while it was read", uri);
      }
      return bytes;
    } catch (IOException e) {
      throw Lookup.unreadable(uri, e);
    }
  }

  /**
   * Looks whether every listed file is there in its full size, without reading any.
   *
   * @return one line for each that is not
   * @throws UnreadableException if that cannot be found out
   */
  public List<String> verifySizes() {
    FileSystem fs = Locations.fileSystem(conf, dir);
    List<String> problems = new ArrayList<>();
    for (FileEntry file : manifest.files()) {
      URI uri = Locations.resolve(dir, file.path());
      try {
        long size = fs.getFileStatus(new Path(uri)).getLen();
        if (size != file.size()) {
          problems.add(uri + " has " + size + " bytes, its manifest says " + file.size());
        }
      } catch (FileNotFoundException e) {
        Lookup.confirmAbsent(conf, uri, e);
        problems.add(uri + " is missing, though the manifest lists it");
      } catch (IOException e) {
        throw Lookup.unreadable(uri, e);
      }
    }
    return problems;
  }

  /**
   * Reads every listed file and compares.
   *
   * @return one line for each that is missing or has another size or hash; empty if all is whole
   * @throws UnreadableException at the first that cannot be read: it may be whole
   */
  public List<String> damage() {
    return manifest.files().stream().flatMap(file -> damage(conf, dir, file).stream()).toList();
  }

  /** As {@link #damage()}, with a line also for each file that cannot be read: for reports. */
  public List<String> verify() {
    List<String> problems = new ArrayList<>();
    for (FileEntry file : manifest.files()) {
      try {
        damage(conf, dir, file).ifPresent(problems::add);
      } catch (UnreadableException e) {
        problems.add(StorageErrors.message(e));
      }
    }
    return problems;
  }

  /**
   * Checks what lies at {@code dir}, and every artefact below it, such as a run's checkpoints.
   *
   * @return one line for each problem; empty if all is whole
   */
  public static List<String> verify(Configuration conf, URI dir) {
    List<String> problems = new ArrayList<>();
    Path root = new Path(Locations.qualify(conf, dir));
    FileSystem fs = Locations.fileSystem(conf, dir);
    Set<Path> places = new TreeSet<>();
    places.add(root);
    try {
      RemoteIterator<LocatedFileStatus> files = fs.listFiles(root, true);
      while (files.hasNext()) {
        Path path = files.next().getPath();
        if (path.getName().equals(Manifest.FILE_NAME)) {
          places.add(path.getParent());
        }
      }
    } catch (FileNotFoundException e) {
      return List.of(dir + " does not exist");
    } catch (IOException e) {
      return List.of("cannot list " + dir + ": " + StorageErrors.why(e));
    }
    for (Path place : places) {
      try {
        problems.addAll(open(conf, place.toUri()).verify());
      } catch (UserException e) {
        problems.add(e.getMessage());
      }
    }
    return problems;
  }

  /**
   * Reads one file and compares.
   *
   * @return what is wrong with it
   * @throws UnreadableException if it cannot be read
   */
  public static Optional<String> damage(Configuration conf, URI dir, FileEntry file) {
    try (InputStream in = input(conf, dir, file)) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer, 0, buffer.length) >= 0) {
        continue; // the stream itself compares
      }
      return Optional.empty();
    } catch (UnreadableException e) {
      throw e;
    } catch (UserException e) {
      return Optional.of(e.getMessage());
    } catch (IOException e) {
      throw Lookup.unreadable(Locations.resolve(dir, file.path()), e);
    }
  }

  private FileEntry entry(String relPath) {
    return manifest
        .file(relPath)
        .orElseThrow(
            () ->
                new UserException(
                    "%s lists no file %s; the artefact is of another make",
                    manifestUri(dir), relPath));
  }

  private static URI manifestUri(URI dir) {
    return Locations.resolve(dir, Manifest.FILE_NAME);
  }

  private static Optional<byte[]> manifestBytes(Configuration conf, URI dir) {
    URI uri = manifestUri(dir);
    FileSystem fs = Locations.fileSystem(conf, uri);
    try (FSDataInputStream in = fs.open(new Path(uri))) {
      return Optional.of(in.readAllBytes());
    } catch (FileNotFoundException e) {
      Lookup.confirmAbsent(conf, uri, e);
      return Optional.empty();
    } catch (IOException e) {
      throw Lookup.unreadable(uri, StorageErrors.withReason(conf, uri, e));
    }
  }

  private static UserException missing(Configuration conf, URI dir) {
    FileSystem fs = Locations.fileSystem(conf, dir);
    try {
      FileStatus[] content = fs.listStatus(new Path(dir));
      return content.length == 0
          ? new UserException("%s is empty: there is no %s", dir, Manifest.FILE_NAME)
          : new UserException(
              "%s has no %s: it was never finished, or is not an artefact of this program",
              dir, Manifest.FILE_NAME);
    } catch (FileNotFoundException e) {
      return new UserException(e, "%s does not exist", dir);
    } catch (IOException e) {
      return Lookup.unreadable(dir, e);
    }
  }
}
