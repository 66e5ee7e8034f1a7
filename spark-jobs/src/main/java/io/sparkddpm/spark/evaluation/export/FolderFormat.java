package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** A PNG file for each image, in the folder of its class where there are classes. */
final class FolderFormat implements ImageFormat {
  private static final long serialVersionUID = 1L;

  @Override
  public String name() {
    return "folder";
  }

  @Override
  public void write(Configuration conf, ImageChunk chunk) {
    try {
      chunk.forEach(
          conf,
          (index, label, image) -> {
            String folder = label == Condition.NO_LABEL ? "" : folder(chunk, label) + "/";
            String path = String.format(Locale.ROOT, "%s%09d.png", folder, index);
            byte[] png = ImageCodec.encodePng(image);
            chunk.write(conf, path, out -> out.write(png));
          });
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", chunk.to(), e.getMessage());
    }
  }

  private static String folder(ImageChunk chunk, int label) {
    if (chunk.classNames().isEmpty()) {
      return Integer.toString(label);
    }
    String name = chunk.classNames().get(label);
    if (!FileEntry.isRelative(name) || name.contains("/")) {
      throw new UserException("class '%s' cannot be the name of a folder", name);
    }
    return name;
  }
}
