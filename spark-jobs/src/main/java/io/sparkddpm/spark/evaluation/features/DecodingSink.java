package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.data.ImageSource;
import io.sparkddpm.spark.data.RawRecord;
import io.sparkddpm.spark.evaluation.input.ImagePart;

/** Hands a part's images to the extractor, files through the task's decoder. */
public final class DecodingSink implements ImagePart.Sink {
  private final ImageDecoder decoder;
  private final FeatureBatches batches;

  public DecodingSink(ImageDecoder decoder, FeatureBatches batches) {
    this.decoder = decoder;
    this.batches = batches;
  }

  @Override
  public void expect(String name, long bytes, long heap) {
    if (!decoder.hasRoomFor(heap)) {
      throw decoder.tooLong(bytes, name);
    }
  }

  @Override
  public void accept(String name, int label, ByteImage image) {
    batches.add(name, label, image);
  }

  @Override
  public void acceptFile(String name, int label, byte[] file) {
    accept(name, label, decoder.decode(file, name));
  }

  @Override
  public void acceptRecord(RawRecord raw, ImageSource source) {
    LabelledImage image = source.decode(raw, decoder);
    accept(raw.source(), image.label(), image.image());
  }

  /** Of the files so far. */
  ImageTally tally() {
    return decoder.tally();
  }
}
