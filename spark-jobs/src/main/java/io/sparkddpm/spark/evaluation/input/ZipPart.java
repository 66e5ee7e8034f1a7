package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.HadoopChannel;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Some image files of a zip file. */
record ZipPart(int index, URI archive, List<ZipArchive.Entry> entries, int[] labels)
    implements ImagePart {
  private static final long serialVersionUID = 1L;

  ZipPart {
    entries = new ArrayList<>(entries); // serialised by Java and by Kryo
  }

  @Override
  public long images() {
    return entries.size();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    StringBuilder digests = new StringBuilder();
    try (ZipArchive zip = new ZipArchive(new HadoopChannel(conf, archive), archive.toString())) {
      for (int i = 0; i < labels.length; i++) {
        ZipArchive.Entry entry = entries.get(i);
        String name = archive + ", " + entry.shown();
        sink.expect(name, entry.length(), ZipArchive.heapFor(entry));
        byte[] bytes = zip.read(entry);
        digests.append(Sha256.of(bytes)).append('\n');
        sink.acceptFile(name, labels[i], bytes);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", archive, e.getMessage());
    }
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}
