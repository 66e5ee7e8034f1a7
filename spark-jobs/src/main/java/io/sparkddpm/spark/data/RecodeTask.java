package io.sparkddpm.spark.data;

import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.ProgressNotes;
import io.sparkddpm.tensor.Batch;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Makes a shard of another one, writes it, then notes that it is whole. */
final class RecodeTask implements Function<Integer, RecodedShard> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<Recoding> recoding;
  private final Dataset source;
  private final int batchSize;
  private final String plan;
  private final HadoopConf conf;
  private final LeaseToken lease;
  private final URI dir;

  /**
   * @param plan what decides the records, for the note
   * @param lease of the directory
   */
  RecodeTask(
      Broadcast<Recoding> recoding,
      Dataset source,
      int batchSize,
      String plan,
      HadoopConf conf,
      LeaseToken lease,
      URI dir) {
    this.recoding = recoding;
    this.source = source;
    this.batchSize = batchSize;
    this.plan = plan;
    this.conf = conf;
    this.lease = lease;
    this.dir = dir;
  }

  @Override
  public RecodedShard call(Integer number) throws IOException {
    Configuration hadoop = conf.get();
    long attempt = TaskContext.get().taskAttemptId();
    DecodedShard records = ShardReader.read(hadoop, source, number);
    String name = ShardTask.fileName(number);
    String mark = String.format(Locale.ROOT, "-%s-%d.parquet", lease.id(), attempt);
    RecordLayout layout = recoding.value().layout();
    String origin = source.shards().get(number).logicalPath();
    boolean comparable = layout.hasPixels() && layout.equals(source.layout());
    long squaredError = 0;
    ArtifactOutput out =
        ArtifactOutput.create(hadoop, lease, dir, name.replace(".parquet", mark), name);
    try (ShardWriter writer = new ShardWriter(hadoop, out, layout)) {
      for (int first = 0; first < records.size(); first += batchSize) {
        RunningTask.stopIfKilled("the job was cancelled");
        Batch made = recoding.value().recode(records.batch(source.layout(), first, batchSize));
        int end = Math.min(records.size(), first + batchSize);
        for (int i = first; i < end; i++) {
          Example example = example(records, i, made, i - first, layout);
          writer.write(records.ids()[i], example, origin + "#" + records.ids()[i]);
          squaredError += comparable ? squaredError(records, i, example.payload()) : 0;
        }
      }
    }
    out.close();
    RecodedShard finished =
        new RecodedShard(
            plan, number, out.entry().withRecords((long) records.size()), squaredError);
    ProgressNotes.write(hadoop, lease, dir, number, attempt, finished);
    return finished;
  }

  private Example example(
      DecodedShard from, int record, Batch made, int item, RecordLayout layout) {
    byte[] payload = new byte[layout.payloadBytes()];
    layout.type().toBytes(made.data(), made.offset(item), payload);
    int context = source.layout().contextLength();
    return new Example(
        payload,
        from.labels()[record],
        Arrays.copyOfRange(from.context(), record * context, (record + 1) * context));
  }

  /** How far an image is from the one that it was made of. */
  private static long squaredError(DecodedShard from, int record, byte[] made) {
    long squares = 0;
    for (int i = 0; i < made.length; i++) {
      int d = (made[i] & 0xFF) - (from.payload()[record * made.length + i] & 0xFF);
      squares += (long) d * d;
    }
    return squares;
  }
}
