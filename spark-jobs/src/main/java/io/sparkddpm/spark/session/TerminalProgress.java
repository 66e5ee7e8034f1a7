package io.sparkddpm.spark.session;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Bars with rate and time left, for a terminal. */
public final class TerminalProgress implements Progress {
  private static final int REFRESH_MILLIS = 250;

  private final PrintStream out;
  private final int columns;

  /**
   * @param columns width of the terminal
   */
  public TerminalProgress(PrintStream out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  @Override
  public Task start(String name, long total) {
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(total > 0 ? total : -1)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .setMaxRenderedLength(columns)
            .setConsumer(new ConsoleProgressBarConsumer(out, columns))
            .showSpeed()
            .build();
    return new Task() {
      @Override
      public void advance(long n) {
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
    };
  }
}
