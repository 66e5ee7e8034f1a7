package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.image.ImageCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;

/**
 * Tar files in the WebDataset convention: {@code png} and, where there are labels, {@code cls}; the
 * names of classes in {@code classnames.txt}, one a line.
 */
final class WebDatasetFormat implements ImageFormat {
  private static final long serialVersionUID = 1L;

  @Override
  public String name() {
    return "webdataset";
  }

  @Override
  public void write(Configuration conf, ImageChunk chunk) {
    String path = String.format(Locale.ROOT, "images-%06d.tar", chunk.number());
    chunk.write(
        conf,
        path,
        out -> {
          TarArchiveOutputStream tar =
              new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
          chunk.forEach(
              conf,
              (index, label, image) -> {
                String key = String.format(Locale.ROOT, "%09d", index);
                add(tar, key + ".png", ImageCodec.encodePng(image));
                if (label != Condition.NO_LABEL) {
                  byte[] digits = Integer.toString(label).getBytes(StandardCharsets.US_ASCII);
                  add(tar, key + ".cls", digits);
                }
              });
          tar.finish();
        });
    if (chunk.number() == 0 && !chunk.classNames().isEmpty()) {
      String names = String.join("\n", chunk.classNames()) + "\n";
      chunk.write(conf, "classnames.txt", out -> out.write(names.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setModTime(0); // equal images give equal bytes
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
