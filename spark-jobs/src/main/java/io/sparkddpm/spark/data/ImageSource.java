package io.sparkddpm.spark.data;

import io.sparkddpm.image.BadImageException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.Resize;
import io.sparkddpm.spark.session.TaskHeap;

/**
 * A source of images, which become squares of one size, 8-bit RGB; or keep their sizes, for
 * features. Its records are image files, unless it decodes them itself.
 */
public interface ImageSource extends RecordSource {
  /**
   * Decodes one record to RGB in its own size.
   *
   * @param decoder of the task, for image files
   * @throws io.sparkddpm.image.BadImageException naming file and record
   */
  default LabelledImage decode(RawRecord raw, ImageDecoder decoder) {
    if (!raw.problem().isEmpty()) {
      throw new BadImageException("%s %s", raw.source(), raw.problem());
    }
    if (!raw.isRead()) {
      throw decoder.tooLong(raw.length(), raw.source());
    }
    return decodeRead(raw, decoder);
  }

  /**
   * Whether files of its extensions often hold other things than images. In a directory with files
   * of a format of which that is not so, these are not looked at.
   */
  default boolean sharesItsExtensions() {
    return false;
  }

  /** Decodes a record that was read and that the source found nothing wrong with. */
  default LabelledImage decodeRead(RawRecord raw, ImageDecoder decoder) {
    return new LabelledImage(decoder.decode(raw.bytes(), raw.source()), raw.label());
  }

  @Override
  default RecordLayout layout(ShardConfig config) {
    return RecordLayout.images(config.imageSize(), config.imageSize());
  }

  @Override
  default RecordDecoder decoder(ShardConfig config) {
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
