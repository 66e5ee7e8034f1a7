package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Makes one artefact: its files, here or on executors, then its manifest. Until {@link #commit} the
 * directory is no artefact and every reader refuses it. Lives on the driver, for one thread.
 */
public final class ArtifactWriter {
  private final Configuration conf;
  private final URI dir;
  private final ArtifactKind kind;
  private final Optional<LeaseToken> lease;
  private final FileSystem fs;
  private final List<FileEntry> entries = new ArrayList<>();
  private final List<ArtifactOutput> outputs = new ArrayList<>();
  private boolean committed;

  private ArtifactWriter(
      Configuration conf, URI dir, ArtifactKind kind, Optional<LeaseToken> lease) {
    this.conf = conf;
    this.dir = dir;
    this.kind = kind;
    this.lease = lease;
    this.fs = Locations.fileSystem(conf, dir);
  }

  /**
   * Starts an artefact. The directory may hold leftovers of an interrupted one.
   *
   * @throws UserException if a whole or damaged artefact lies there, or it cannot be written
   */
  public static ArtifactWriter create(Configuration conf, URI dir, ArtifactKind kind) {
    return create(conf, dir, kind, Optional.empty());
  }

  /**
   * As {@link #create(Configuration, URI, ArtifactKind)}, for a lease's holder: looks before each
   * action whether the lease is still held, and notes it in the manifest. So do the other methods,
   * which throw a UserException naming the new holder.
   */
  public static ArtifactWriter create(
      Configuration conf, URI dir, ArtifactKind kind, LeaseToken lease) {
    return create(conf, dir, kind, Optional.of(lease));
  }

  private static ArtifactWriter create(
      Configuration conf, URI dir, ArtifactKind kind, Optional<LeaseToken> lease) {
    ArtifactWriter writer = new ArtifactWriter(conf, dir, kind, lease);
    if (Artifact.exists(conf, dir)) {
      throw new UserException(
          "%s already holds a %s; choose another output or delete it first",
          dir, Artifact.open(conf, dir).manifest().kind());
    }
    try {
      if (!writer.fs.mkdirs(new Path(dir))) {
        throw new UserException("cannot create the directory %s", dir);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot create the directory %s: %s", dir, e.getMessage());
    }
    return writer;
  }

  /** Where the artefact is being made. */
  public URI dir() {
    return dir;
  }

  /** Opens a file below the directory; closing it adds it to the artefact. */
  public OutputStream output(String relPath) {
    checkState(!committed, "%s is committed", dir);
    ArtifactOutput out =
        lease.isPresent()
            ? ArtifactOutput.replacing(conf, lease.get(), dir, relPath)
            : ArtifactOutput.create(conf, dir, relPath);
    outputs.add(out);
    return out;
  }

  /**
   * Writes a file below the directory and adds it to the artefact.
   *
   * @throws UserException if it cannot be written
   */
  public void write(String relPath, byte[] content) {
    try (OutputStream out = output(relPath)) {
      out.write(content);
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s in %s: %s", relPath, dir, e.getMessage());
    }
  }

  private void checkLease() {
    lease.ifPresent(token -> token.check(conf));
  }

  private void delete(Path file) throws IOException {
    checkLease();
    fs.delete(file, false);
  }

  /** Adds a file that was written through {@link ArtifactOutput}, on an executor mostly. */
  public void add(FileEntry entry) {
    checkState(!committed, "%s is committed", dir);
    entries.add(entry);
  }

  /**
   * Deletes what an earlier, interrupted attempt left in the artefact's directory.
   *
   * @param ours matches the names of all files that this kind of artefact may have there
   * @return whether there was anything
   * @throws UserException if anything else lies there: the directory is somebody's
   */
  public boolean discardLeftovers(Pattern ours) {
    try {
      List<FileStatus> content = new ArrayList<>();
      for (FileStatus status : fs.listStatus(new Path(dir))) {
        String name = status.getPath().getName();
        if (Lease.isOwn(name)) {
          continue;
        }
        content.add(status);
        boolean known = name.equals(Manifest.FILE_NAME) || ours.matcher(name).matches();
        if (status.isDirectory() || !known) {
          throw new UserException(
              "%s holds %s, which is no part of a %s; choose a new or empty directory",
              dir, name, kind);
        }
      }
      for (FileStatus status : content) {
        delete(status.getPath());
      }
      return !content.isEmpty();
    } catch (IOException e) {
      throw new UserException(e, "cannot clear leftovers in %s: %s", dir, e.getMessage());
    }
  }

  /**
   * Deletes the files of lost attempts: those with such names that were not added.
   *
   * @param relDir below the artefact, or empty for the artefact's directory itself
   * @param prefix of the names of the files that may be deleted
   * @param suffix of those names
   */
  public void discardOtherAttempts(String relDir, String prefix, String suffix) {
    Set<String> keep = new HashSet<>();
    entries.forEach(e -> keep.add(e.path()));
    outputs.forEach(o -> keep.add(o.entry().path()));
    URI below = relDir.isEmpty() ? dir : Locations.resolve(dir, relDir);
    try {
      for (FileStatus status : fs.listStatus(new Path(below))) {
        String name = status.getPath().getName();
        String relative = relDir.isEmpty() ? name : relDir + "/" + name;
        boolean ours = name.startsWith(prefix) && name.endsWith(suffix);
        if (status.isFile() && ours && !keep.contains(relative)) {
          delete(status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      return; // nothing was ever written there
    } catch (IOException e) {
      throw new UserException(e, "cannot clear leftovers in %s: %s", below, e.getMessage());
    }
  }

  /** Deletes what attempts left that were killed while they wrote through {@link #output}. */
  public void discardUnfinished() {
    discardOtherAttempts("", "", ArtifactOutput.ASIDE);
  }

  /**
   * Checks that every file is there in its full size and writes the manifest: from now on the
   * artefact exists.
   *
   * <p>The manifest is created only where none lies. So a process that lost its lease after its
   * last look, in this very moment, cannot replace the new holder's; if it comes first, and its
   * files are still there, the artefact is its own and whole. On S3, which has no such creation,
   * there remains the time between a look for the manifest and the request that writes it.
   *
   * @return the artefact, open
   * @throws UserException naming the file that is missing, short or could not be written, or if
   *     another process has made the artefact meanwhile
   */
  public Artifact commit(Manifest.Builder builder) {
    checkState(!committed, "%s is committed", dir);
    checkArgument(
        builder.kind() == kind, "the manifest of a %s was to be a %s", builder.kind(), kind);
    entries.forEach(builder::file);
    outputs.forEach(o -> builder.file(o.entry()));
    lease.ifPresent(token -> builder.note(LeaseToken.NOTE, token));
    Manifest manifest = builder.build();
    manifest.files().forEach(this::checkSize);
    makeRoom();
    ArtifactOutput out = ArtifactOutput.createNew(conf, dir, Manifest.FILE_NAME, this::checkLease);
    out.write(manifest.toJson(), 0, manifest.toJson().length);
    out.close();
    committed = true;
    return new Artifact(conf, dir, manifest);
  }

  /** Deletes a manifest that was cut off, or whose files are gone; refuses to where it is whole. */
  private void makeRoom() {
    Path manifest = new Path(Locations.resolve(dir, Manifest.FILE_NAME));
    if (Artifact.exists(conf, dir) && Artifact.open(conf, dir).verifySizes().isEmpty()) {
      throw new UserException("%s was made by another process meanwhile", dir);
    }
    try {
      if (fs.exists(manifest)) {
        delete(manifest);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", manifest, e.getMessage());
    }
  }

  private void checkSize(FileEntry file) {
    URI uri = Locations.resolve(dir, file.path());
    long size;
    try {
      size = fs.getFileStatus(new Path(uri)).getLen();
    } catch (IOException e) {
      throw new UserException(e, "%s was written but is not there: %s", uri, e.getMessage());
    }
    if (size != file.size()) {
      throw new UserException(
          "%s should have %d bytes but has %d: is the disk full?", uri, file.size(), size);
    }
  }
}
