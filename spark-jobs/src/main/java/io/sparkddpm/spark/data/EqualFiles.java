package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.HadoopChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Finds input files of equal content, such as a download's second copy. Files of different lengths
 * or beginnings are distinguished by these alone.
 */
final class EqualFiles {
  private static final int START = 1 << 16;

  private final Configuration conf;
  private final Map<String, List<URI>> byStart = new HashMap<>();

  EqualFiles(Configuration conf) {
    this.conf = conf;
  }

  /** Adds a file; one that was added before is not compared with itself. */
  void add(URI file, long length) {
    String start = length + " " + sha256(file, Math.min(START, length));
    List<URI> alike = byStart.computeIfAbsent(start, s -> new ArrayList<>());
    if (!alike.contains(file)) {
      alike.add(file);
    }
  }

  /** A line for each file that another one equals. */
  List<String> warnings() {
    List<String> lines = new ArrayList<>();
    for (List<URI> alike : byStart.values()) {
      Map<String, URI> first = new HashMap<>();
      for (URI file : alike.size() > 1 ? alike : List.<URI>of()) {
        URI other = first.putIfAbsent(sha256(file, Long.MAX_VALUE), file);
        if (other != null) {
          lines.add(
              String.format(
                  Locale.ROOT,
                  "input files %s and %s have equal content: their images are taken twice",
                  other,
                  file));
        }
      }
    }
    return lines.stream().sorted().toList();
  }

  private String sha256(URI file, long most) {
    MessageDigest digest = Sha256.digest();
    try (SeekableByteChannel channel = new HadoopChannel(conf, file);
        InputStream in = Channels.newInputStream(channel)) {
      long left = most;
      byte[] buffer = new byte[1 << 20];
      int n = 1;
      while (left > 0 && n > 0) {
        n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        digest.update(ByteBuffer.wrap(buffer, 0, Math.max(n, 0)));
        left -= n;
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
    return Sha256.hex(digest);
  }
}
