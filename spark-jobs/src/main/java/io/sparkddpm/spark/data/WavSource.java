package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.sound.SoundMedium;
import io.sparkddpm.sound.Wav;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * WAV files, whose channels are averaged and which are cut from their beginnings into records of a
 * fixed number of samples, [1, 1, L]; what is left at the end of a file is not used.
 */
@Variant(value = "wav", description = "WAV files of sounds, a class in each folder")
public record WavSource(
    @Key(value = "samples a second that all files must have", range = "[1, 192000]") int rate,
    @Key(
            value =
                "samples of a record; a longer file becomes several, and what is left at its end is"
                    + " not used; a shorter one is a bad record",
            range = "[1, 16777216]")
        int samples)
    implements RecordSource {
  private static final long serialVersionUID = 1L;

  /** About a second of speech. */
  public WavSource() {
    this(16_000, 16_384);
  }

  /** Checks the ranges. */
  public WavSource {
    checkArgument(rate >= 1 && rate <= 192_000, "rate must be in 1 to 192000, got %s", rate);
    checkArgument(
        samples >= 1 && samples <= 1 << 24, "samples must be in 1 to 16777216, got %s", samples);
  }

  @Override
  public RecordLayout layout(ShardConfig config) {
    return new RecordLayout(DataType.FLOAT32, Shape.of(1, 1, samples));
  }

  @Override
  public Medium medium() {
    return new SoundMedium(rate);
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SourceListing files = ItemFiles.list(conf, inputs, List.of(Wav.EXTENSION));
    List<InputFile> each = new ArrayList<>();
    files.forEachFile((name, file) -> each.add(file));
    int length = samples;
    return files.withRecords(
        FileScan.of(conf, "read headers", each, (hadoop, file) -> records(hadoop, file, length)));
  }

  /** Records of a file; 1 of one that will turn out to be bad when it is read. */
  private static long records(Configuration conf, InputFile file, int samples) throws IOException {
    try (InputStream in = InputFiles.open(conf, file.uri())) {
      Wav wav = new Wav(in);
      return wav.bytes() > file.size() ? 1 : Math.max(1, wav.length() / samples);
    } catch (BadRecordException e) {
      return 1;
    }
  }

  /** Gives each record as the floats that are stored. */
  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    long read = 0;
    try (InputStream in = InputFiles.open(conf, slice.uri())) {
      Wav wav = new Wav(in);
      requireFit(wav, slice);
      wav.skip(slice.first() * samples);
      for (; read < slice.records(); read++) {
        byte[] payload = new byte[samples * Float.BYTES];
        DataType.FLOAT32.toBytes(wav.read(samples), 0, payload);
        consumer.accept(new RawRecord(payload, name(slice, read), slice.label()));
      }
    } catch (BadRecordException e) {
      for (; read < slice.records(); read++) {
        consumer.accept(RawRecord.bad(name(slice, read), e.getMessage()));
      }
    }
  }

  private void requireFit(Wav wav, SourceSlice slice) {
    if (wav.bytes() > slice.size()) {
      throw new BadRecordException(
          "is cut off: it has %s bytes, and its header promises %s of samples",
          slice.size(), wav.bytes());
    }
    if (wav.rate() != rate) {
      throw new BadRecordException(
          "has %.0f samples a second, not the %s of shard.format.rate: convert it (sox IN.wav -r %s"
              + " OUT.wav)",
          wav.rate(), rate, rate);
    }
    if (wav.length() < samples) {
      throw new BadRecordException(
          "has %s samples, fewer than the %s of shard.format.samples", wav.length(), samples);
    }
  }

  /** The file and where in it the record begins. */
  private String name(SourceSlice slice, long record) {
    return slice.name() + "@" + (slice.first() + record) * samples;
  }

  @Override
  public RecordDecoder decoder(ShardConfig config) {
    return raw -> {
      if (!raw.problem().isEmpty()) {
        throw new BadRecordException("%s %s", raw.source(), raw.problem());
      }
      return new Example(raw.bytes(), raw.label());
    };
  }
}
