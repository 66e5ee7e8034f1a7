package io.sparkddpm.spark.data;

import io.sparkddpm.config.Variant;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Text files of points in the plane, "x,y,class" in 24 bytes a line: the smallest source that is
 * none of images.
 */
@Variant(value = "plane", description = "points in the plane")
public record PlaneSource() implements RecordSource {
  private static final long serialVersionUID = 1L;
  private static final List<String> CLASSES = List.of("left", "right");
  private static final int LINE = 24;

  /** The line of a point. */
  static String line(float x, float y, String name) {
    String text = String.format(Locale.ROOT, "%.3f,%.3f,%s", x, y, name);
    return text + " ".repeat(LINE - 1 - text.length()) + "\n";
  }

  @Override
  public RecordLayout layout(ShardConfig config) {
    return new RecordLayout(DataType.FLOAT32, Shape.of(2));
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SourceListing.Builder slices = new SourceListing.Builder();
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus file = Inputs.status(conf, inputs.get(i));
      slices.add(
          new SourceSlice(
              i,
              inputs.get(i),
              file.getPath().getName(),
              file.getLen(),
              file.getModificationTime(),
              0,
              file.getLen() / LINE,
              -1,
              ""));
    }
    return slices.build(CLASSES);
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    for (int i = 0; i < slice.records(); i++) {
      byte[] line = InputFiles.read(conf, slice, (slice.first() + i) * LINE, LINE);
      consumer.accept(new RawRecord(line, slice.name() + "#" + (slice.first() + i), -1));
    }
  }

  @Override
  public RecordDecoder decoder(ShardConfig config) {
    return raw -> {
      String[] fields = new String(raw.bytes(), StandardCharsets.US_ASCII).strip().split(",");
      int label = CLASSES.indexOf(fields[2]);
      if (label < 0) {
        throw new BadRecordException("%s is of class %s", raw.source(), fields[2]);
      }
      ByteBuffer payload = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      payload.putFloat(Float.parseFloat(fields[0])).putFloat(Float.parseFloat(fields[1]));
      return new Example(payload.array(), label);
    };
  }
}
