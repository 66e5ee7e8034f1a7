package io.sparkddpm.spark.session;

import java.util.Locale;

/** Passes progress on and shows it in Spark's metrics: units done, in all, and by second. */
public final class MeasuredProgress implements Progress {
  private final Progress next;

  /** In front of another one. */
  public MeasuredProgress(Progress next) {
    this.next = next;
  }

  @Override
  public Task start(String name, long total) {
    Task task = next.start(name, total);
    LiveMetrics metrics =
        new LiveMetrics("stage." + name.toLowerCase(Locale.ROOT).replaceAll("\\W+", "_"));
    metrics.set("total", total);
    metrics.set("done", 0);
    metrics.set("per_second", 0);
    long began = System.nanoTime();
    return new Task() {
      private long done;
      private long skipped;

      @Override
      public synchronized void advance(long n) {
        task.advance(n);
        done += n;
        metrics.set("done", done);
        metrics.set("per_second", (done - skipped) * 1e9 / Math.max(1, System.nanoTime() - began));
      }

      @Override
      public synchronized void skip(long n) {
        task.skip(n);
        done += n;
        skipped += n;
        metrics.set("done", done);
      }

      @Override
      public void message(String text) {
        task.message(text);
      }

      @Override
      public void close() {
        task.close();
        metrics.close();
      }
    };
  }
}
