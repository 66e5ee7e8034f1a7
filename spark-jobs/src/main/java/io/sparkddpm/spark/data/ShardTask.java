package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * Makes one shard: a pure function of its plan, so that a retried or speculative task gives the
 * same bytes, in a file of its own.
 */
final class ShardTask implements Function<ShardPlan, ShardOutcome> {
  /** All names that shards may have. */
  static final Pattern FILE_NAMES =
      Pattern.compile("part-\\d{5,}(-[0-9a-f]{16})?(\\.attempt-\\d+-\\d+)?\\.parquet");

  private static final long serialVersionUID = 1L;

  private final Broadcast<HadoopConf> conf;
  private final URI output;
  private final ShardConfig config;
  private final int classes;
  private final LeaseToken lease;
  private final String mark;

  private ShardTask(
      Broadcast<HadoopConf> conf,
      URI output,
      ShardConfig config,
      int classes,
      LeaseToken lease,
      String mark) {
    this.conf = conf;
    this.output = output;
    this.config = config;
    this.classes = classes;
    this.lease = lease;
    this.mark = mark;
  }

  /** Reads the records and writes nothing. */
  static ShardTask digests(Broadcast<HadoopConf> conf, URI output, ShardConfig config) {
    return new ShardTask(conf, output, config, 0, null, "");
  }

  /**
   * Writes shards while a lease is held.
   *
   * @param mark in the files' names, before the suffix
   */
  static ShardTask writing(
      Broadcast<HadoopConf> conf,
      URI output,
      ShardConfig config,
      int classes,
      LeaseToken lease,
      String mark) {
    return new ShardTask(conf, output, config, classes, lease, mark);
  }

  @Override
  public ShardOutcome call(ShardPlan plan) throws IOException {
    Digests digests = new Digests();
    if (lease == null) {
      forEach(plan, digests, raw -> {});
      return new ShardOutcome(
          plan.index(),
          null,
          new long[0],
          List.of(),
          digests.finish(),
          ImageTally.NONE,
          ContentSum.NONE);
    }
    Configuration hadoop = conf.value().get();
    String name = fileName(plan.index());
    RecordDecoder decoder = config.format().decoder(config);
    long[] counts = new long[classes];
    long[] written = new long[1];
    ContentSum[] content = {ContentSum.NONE};
    List<String> bad = new ArrayList<>();
    FileEntry entry;
    try (ArtifactOutput out = ArtifactOutput.create(hadoop, lease, output, attempt(name), name)) {
      try (ShardWriter writer = new ShardWriter(hadoop, out, config.layout())) {
        long[] id = {plan.firstId()};
        forEach(
            plan,
            digests,
            raw -> {
              try {
                Example example = decoder.decode(raw);
                writer.write(id[0], example, raw.source());
                written[0]++;
                content[0] = content[0].plus(ContentSum.of(id[0], example));
                if (example.label() != Condition.NO_LABEL) {
                  counts[example.label()]++;
                }
              } catch (BadRecordException e) {
                bad.add(e.getMessage());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              id[0]++;
            });
      }
      out.close();
      entry = out.entry().withRecords(written[0]);
    }
    return new ShardOutcome(
        plan.index(), entry, counts, bad, digests.finish(), decoder.tally(), content[0]);
  }

  private void forEach(ShardPlan plan, Digests digests, Consumer<RawRecord> consumer) {
    RecordSource source = config.format();
    for (SourceSlice slice : plan.slices().toList()) {
      try {
        source.read(
            conf.value().get(),
            slice,
            raw -> {
              digests.update(slice.input(), raw);
              consumer.accept(raw);
            });
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", slice.uri(), e.getMessage());
      }
    }
  }

  static String fileName(int shard) {
    return String.format(Locale.ROOT, "part-%05d.parquet", shard);
  }

  /** Names of later attempts and of other jobs differ, so that two never write to one file. */
  private String attempt(String name) {
    TaskContext task = TaskContext.get();
    boolean first = task.attemptNumber() == 0 && task.stageAttemptNumber() == 0;
    String attempt =
        first ? "" : ".attempt-" + task.stageAttemptNumber() + "-" + task.attemptNumber();
    return name.replace(".parquet", mark + attempt + ".parquet");
  }

  /** Digests of the stored records, by input; inputs come one after the other. */
  private static final class Digests {
    private final List<ShardOutcome.InputDigest> finished = new ArrayList<>();
    private MessageDigest current;
    private int input = -1;

    void update(int ofInput, RawRecord raw) {
      if (ofInput != input) {
        finishCurrent();
        input = ofInput;
        current = Sha256.digest();
      }
      int label = Math.max(0, raw.label()); // no label counts as the only one, as in format 1
      current.update(ByteBuffer.allocate(8).putInt((int) raw.length()).putInt(label).flip());
      current.update(raw.source().getBytes(StandardCharsets.UTF_8));
      current.update(raw.bytes());
    }

    private void finishCurrent() {
      if (current != null) {
        finished.add(new ShardOutcome.InputDigest(input, Sha256.hex(current)));
        current = null;
      }
    }

    List<ShardOutcome.InputDigest> finish() {
      finishCurrent();
      return finished;
    }
  }
}
