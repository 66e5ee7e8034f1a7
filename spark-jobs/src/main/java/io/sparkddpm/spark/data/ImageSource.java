package io.sparkddpm.spark.data;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.Resize;
import io.sparkddpm.spark.session.TaskHeap;

/** A source of images, which become squares of one size, 8-bit RGB. */
abstract class ImageSource implements RecordSource {
  private static final long serialVersionUID = 1L;

  /**
   * Decodes one record to RGB in its own size.
   *
   * @param decoder of the task, for image files
   * @throws io.sparkddpm.image.BadImageException naming file and record
   */
  abstract LabelledImage decode(RawRecord raw, ImageDecoder decoder);

  @Override
  public final RecordLayout layout(ShardConfig config) {
    return RecordLayout.images(config.imageSize(), config.imageSize());
  }

  @Override
  public final RecordDecoder decoder(ShardConfig config) {
    ImageDecoder files = new ImageDecoder(TaskHeap.bytes());
    return new RecordDecoder() {
      @Override
      public Example decode(RawRecord raw) {
        LabelledImage image = ImageSource.this.decode(raw, files);
        ByteImage square = Resize.toSquare(image.image(), config.imageSize(), config.resize());
        return new Example(square.data(), image.label());
      }

      @Override
      public ImageTally tally() {
        return files.tally();
      }
    };
  }
}
