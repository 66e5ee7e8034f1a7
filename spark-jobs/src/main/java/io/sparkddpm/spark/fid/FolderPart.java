package io.sparkddpm.spark.fid;

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

/** Some image files of a folder. */
record FolderPart(int index, List<URI> files, int[] labels) implements ImagePart {
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
      byte[] bytes;
      try (FSDataInputStream in = Locations.fileSystem(conf, file).open(new Path(file))) {
        bytes = in.readAllBytes();
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
      }
      digests.append(Sha256.of(bytes)).append('\n');
      String name = new Path(file).toString();
      sink.acceptFile(name, labels[i], bytes);
    }
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}
