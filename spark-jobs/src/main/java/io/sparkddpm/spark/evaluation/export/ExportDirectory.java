package io.sparkddpm.spark.evaluation.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The output of an export: {@code _UNFINISHED} lies in it from before the first file until after
 * the last one, when {@code _SUCCESS} is written, which says what was exported. For one thread,
 * while it holds the directory's lease.
 */
final class ExportDirectory {
  private static final String DONE = "_SUCCESS";
  private static final String UNFINISHED = "_UNFINISHED";

  private final Configuration conf;
  private final URI dir;
  private final Lease lease;
  private final byte[] description;

  /**
   * @param input where what is exported comes from
   * @param fingerprint of it
   * @param items that are exported
   */
  ExportDirectory(
      Configuration conf,
      URI dir,
      Lease lease,
      String format,
      URI input,
      String fingerprint,
      long items) {
    this.conf = conf;
    this.dir = dir;
    this.lease = lease;
    Map<String, Object> what = new TreeMap<>();
    what.put("format", format);
    what.put("input", input.toString());
    what.put("inputFingerprint", fingerprint);
    what.put("images", items);
    try {
      ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
      this.description = (json.writeValueAsString(what) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Prepares the directory: deletes what a killed export has left.
   *
   * @return whether the same images were exported before
   * @throws UserException if other images were, or it holds files that no export has left
   */
  boolean begin() {
    if (Lookup.exists(conf, place(DONE))) {
      if (Arrays.equals(PlainFile.read(conf, place(DONE)), description)) {
        return true;
      }
      throw new UserException("%s holds images already; choose another output or delete it", dir);
    }
    List<Path> others =
        Lookup.list(conf, dir).stream()
            .map(FileStatus::getPath)
            .filter(path -> !Lease.isOwn(path.getName()) && !path.getName().equals(UNFINISHED))
            .toList();
    if (!others.isEmpty() && !Lookup.exists(conf, place(UNFINISHED))) {
      throw new UserException(
          "%s holds %s, which no export has left there; choose a new or empty directory",
          dir, others.get(0).getName());
    }
    lease.check();
    others.forEach(path -> Locations.delete(conf, path.toUri()));
    PlainFile.write(conf, place(UNFINISHED), description);
    return false;
  }

  /** Confirms that all files are there. */
  void finish() {
    lease.check();
    PlainFile.write(conf, place(DONE), description);
    Locations.delete(conf, place(UNFINISHED));
  }

  private URI place(String name) {
    return Locations.resolve(dir, name);
  }
}
