package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;

/** Copies artefacts. */
public final class ArtifactCopy {
  private ArtifactCopy() {}

  /**
   * Copies a whole artefact, checked as it is read, its manifest last. The copy has the same
   * fingerprint.
   *
   * @param to a directory without an artefact
   * @throws UserException if a file is damaged or cannot be written; there is no artefact then
   */
  public static void copy(Configuration conf, Artifact from, URI to) {
    for (FileEntry file : from.manifest().files()) {
      try (InputStream in = Artifact.input(conf, from.dir(), file);
          OutputStream out = ArtifactOutput.create(conf, to, file.path())) {
        in.transferTo(out);
      } catch (IOException e) {
        throw new UserException(
            e, "cannot copy %s from %s to %s: %s", file.path(), from.dir(), to, e.getMessage());
      }
    }
    PlainFile.write(conf, Locations.resolve(to, Manifest.FILE_NAME), from.manifest().toJson());
  }
}
