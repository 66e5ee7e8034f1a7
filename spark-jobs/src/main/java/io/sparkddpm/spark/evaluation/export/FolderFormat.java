package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import java.io.IOException;
import java.util.List;
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
            String folder = folder(chunk.classNames(), label);
            String path = String.format(Locale.ROOT, "%s%09d.png", folder, index);
            byte[] png = ImageCodec.encodePng(image);
            chunk.write(conf, path, out -> out.write(png));
          });
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", chunk.to(), e.getMessage());
    }
  }

  /**
   * The folder of a class, with a slash at its end; empty for items without a label.
   *
   * @throws UserException if a class's name cannot be one of a folder
   */
  static String folder(List<String> classNames, int label) {
    if (label == Condition.NO_LABEL) {
      return "";
    }
    if (classNames.isEmpty()) {
      return label + "/";
    }
    String name = classNames.get(label);
    if (!FileEntry.isRelative(name) || name.contains("/")) {
      throw new UserException("class '%s' cannot be the name of a folder", name);
    }
    return name + "/";
  }
}
