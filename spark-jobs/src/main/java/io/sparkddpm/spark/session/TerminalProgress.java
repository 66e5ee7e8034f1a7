package io.sparkddpm.spark.session;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/**
 * Bars with rate and time left, for a terminal. What was done before a task began moves its bar,
 * and counts neither for the rate nor for the time left.
 */
public final class TerminalProgress implements Progress {
  private static final int REFRESH_MILLIS = 250;

  private final PrintStream out;
  private final int columns;
  private final LongSupplier nanoTime;

  /**
   * @param columns width of the terminal
   */
  public TerminalProgress(PrintStream out, int columns) {
    this(out, columns, System::nanoTime);
  }

  TerminalProgress(PrintStream out, int columns, LongSupplier nanoTime) {
    this.out = out;
    this.columns = columns;
    this.nanoTime = nanoTime;
  }

  @Override
  public Task start(String name, long total) {
    return new Bar(name, total);
  }

  private final class Bar implements Task {
    private final Pace pace = new Pace(nanoTime);
    private final ProgressBar bar;

    Bar(String name, long total) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(total > 0 ? total : -1)
              .setUpdateIntervalMillis(REFRESH_MILLIS)
              .setMaxRenderedLength(columns)
              .setConsumer(new ConsoleProgressBarConsumer(out, columns))
              .setRenderer(new Renderer(pace))
              .build();
    }

    @Override
    public void advance(long n) {
      bar.stepBy(n);
    }

    @Override
    public void skip(long n) {
      pace.skip(n);
      bar.stepBy(n);
    }

    @Override
    public void message(String text) {
      bar.setExtraMessage(" " + text);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** How fast a task is, from what was done since it began. Thread-safe. */
  private static final class Pace {
    private final LongSupplier nanoTime;
    private final long began;
    private long skipped;

    Pace(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      this.began = nanoTime.getAsLong();
    }

    synchronized void skip(long n) {
      skipped += n;
    }

    /** Units a second; 0 until something is done. */
    synchronized double rate(long current) {
      double seconds = (nanoTime.getAsLong() - began) / 1e9;
      return seconds <= 0 ? 0 : Math.max(0, current - skipped) / seconds;
    }

    Optional<Duration> left(ProgressState state) {
      double rate = rate(state.getCurrent());
      long units = state.getMax() - state.getCurrent();
      return rate <= 0 || state.isIndefinite() || units < 0
          ? Optional.empty()
          : Optional.of(Duration.ofMillis((long) (1000 * units / rate)));
    }
  }

  /** The library's rendering with our own rate. */
  private static final class Renderer extends DefaultProgressBarRenderer {
    private final Pace pace;

    Renderer(Pace pace) {
      super(
          ProgressBarStyle.ASCII,
          "",
          1,
          true,
          new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)),
          ChronoUnit.SECONDS,
          true,
          pace::left);
      this.pace = pace;
    }

    @Override
    protected String speed(ProgressState state) {
      return String.format(Locale.ROOT, "%.1f/s", pace.rate(state.getCurrent()));
    }
  }
}
