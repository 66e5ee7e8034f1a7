package io.sparkddpm.spark.session;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** A plain line every so often, for logs. */
public final class LineProgress implements Progress {
  private final PrintStream out;
  private final Duration interval;
  private final LongSupplier nanoTime;

  /** Prints at most one line per {@code interval} and task, and one when a task ends. */
  public LineProgress(PrintStream out, Duration interval) {
    this(out, interval, System::nanoTime);
  }

  LineProgress(PrintStream out, Duration interval, LongSupplier nanoTime) {
    this.out = out;
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  @Override
  public Task start(String name, long total) {
    return new Line(name, total);
  }

  private final class Line implements Task {
    private final String name;
    private final long total;
    private final long started = nanoTime.getAsLong();
    private long printed = started;
    private long done;
    private long skipped;
    private String message = "";

    Line(String name, long total) {
      this.name = name;
      this.total = total;
    }

    @Override
    public synchronized void advance(long n) {
      done += n;
      long now = nanoTime.getAsLong();
      if (now - printed >= interval.toNanos()) {
        printed = now;
        print(now);
      }
    }

    @Override
    public synchronized void skip(long n) {
      done += n;
      skipped += n;
    }

    @Override
    public synchronized void message(String text) {
      message = text;
    }

    @Override
    public synchronized void close() {
      String tail = message.isEmpty() ? "" : ", " + message;
      double seconds = (nanoTime.getAsLong() - started) / 1e9;
      out.printf(Locale.ROOT, "%s: %d done in %s%s%n", name, done, Durations.text(seconds), tail);
    }

    private void print(long now) {
      double seconds = (now - started) / 1e9;
      double rate = (done - skipped) / seconds;
      StringBuilder line = new StringBuilder(name).append(": ").append(done);
      if (total > 0) {
        line.append(String.format(Locale.ROOT, "/%d (%d %%)", total, 100 * done / total));
      }
      line.append(String.format(Locale.ROOT, ", %.3g/s", rate));
      if (total > 0 && rate > 0) {
        line.append(", ").append(Durations.text((total - done) / rate)).append(" left");
      }
      if (!message.isEmpty()) {
        line.append(", ").append(message);
      }
      out.println(line);
    }
  }
}
