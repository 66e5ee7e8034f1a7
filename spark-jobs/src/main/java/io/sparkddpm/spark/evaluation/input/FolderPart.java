package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Some image files of a folder.
 *
 * @param lengths of the files, in bytes
 */
record FolderPart(int index, List<URI> files, long[] lengths, int[] labels) implements ImagePart {
  private static final long serialVersionUID = 1L;

  FolderPart {
    files = new ArrayList<>(files); // serialised by Java and by Kryo
  }

  @Override
  public long images() {
    return files.size();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    StringBuilder digests = new StringBuilder();
    for (int i = 0; i < labels.length; i++) {
      URI file = files.get(i);
      String name = new Path(file).toString();
      sink.expect(name, lengths[i], lengths[i]);
      byte[] bytes = new byte[Math.toIntExact(lengths[i])];
      try (FSDataInputStream in = Locations.fileSystem(conf, file).open(new Path(file))) {
        in.readFully(bytes);
        if (in.read() >= 0) {
          throw new UserException("%s has grown since it was listed", name);
        }
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
      }
      digests.append(Sha256.of(bytes)).append('\n');
      sink.acceptFile(name, labels[i], bytes);
    }
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}
