package io.sparkddpm.spark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Notes of finished pieces of an artefact, a JSON file for each, beside its files until it is
 * committed: an interrupted job need not make those pieces again.
 */
public final class ProgressNotes {
  /** Where the notes lie; the underscore hides it from Spark's data sources. */
  public static final String DIRECTORY = "_progress";

  private static final String SUFFIX = ".json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ProgressNotes() {}

  /**
   * Writes a note. Attempts of one task, and of several jobs, write different files.
   *
   * @param lease of the directory
   * @param dir of the artefact
   * @param number of the piece
   * @param attempt of the task that made it
   */
  public static void write(
      Configuration conf, LeaseToken lease, URI dir, int number, long attempt, Object note) {
    String path =
        String.format(
            Locale.ROOT, "%s/%05d-%s-%d%s", DIRECTORY, number, lease.id(), attempt, SUFFIX);
    byte[] json = toJson(note);
    ArtifactOutput out = ArtifactOutput.create(conf, lease, dir, path, path);
    out.write(json, 0, json.length);
    out.close();
  }

  /**
   * Reads the notes of an artefact; none where nothing was begun.
   *
   * @param kind of the notes; others are left out, and those that were cut off
   * @throws UserException if the file system fails
   */
  public static <T> List<T> read(Configuration conf, URI dir, Class<T> kind) {
    List<T> found = new ArrayList<>();
    URI notes = Locations.resolve(dir, DIRECTORY);
    FileSystem fs = Locations.fileSystem(conf, notes);
    try {
      for (FileStatus status : fs.listStatus(new Path(notes))) {
        if (status.getPath().getName().endsWith(SUFFIX)) {
          try (FSDataInputStream in = fs.open(status.getPath())) {
            fromJson(in.readAllBytes(), kind).ifPresent(found::add);
          }
        }
      }
    } catch (FileNotFoundException e) {
      return found; // nothing was begun
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", notes, e.getMessage());
    }
    return found;
  }

  /** A note as it is written. */
  public static byte[] toJson(Object note) {
    try {
      return MAPPER.writeValueAsString(note).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a note always has a JSON form", e);
    }
  }

  /** Reads {@link #toJson}; empty if it was cut off, or is something else. */
  public static <T> Optional<T> fromJson(byte[] json, Class<T> kind) {
    try {
      return Optional.ofNullable(MAPPER.readValue(json, kind));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
