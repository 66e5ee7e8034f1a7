package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FontsTest {
  @TempDir private Path dir;

  /** Prints how long a plot is. */
  @SuppressForbidden("a process of its own, with its own streams")
  static final class Plotting {
    private Plotting() {}

    public static void main(String[] args) {
      LinePlot plot = new LinePlot("title", "x", "y");
      byte[] png = plot.curve("curve", List.of(new double[] {1, 2}), false).png();
      System.out.println("plot of " + png.length + " bytes");
    }
  }

  /** Java's list of fonts is not there, as where the system has none. */
  @Test
  void withoutFontsThereIsAWarningAndNoPlot() throws Exception {
    assertEquals("0", plotted(List.of("-Dsun.awt.fontconfig=" + dir.resolve("missing"))));
    String log = Files.readString(dir.resolve("log"));
    assertTrue(log.contains("Plots are left out: this Java finds no fonts"), log);
  }

  @Test
  void withThemItIsDrawn() throws Exception {
    assertTrue(Integer.parseInt(plotted(List.of())) > 1000);
  }

  private String plotted(List<String> options) throws InterruptedException {
    Pattern line = Pattern.compile("plot of (\\d+) bytes");
    try (JavaProcess java =
        JavaProcess.start(
            dir.resolve("log"),
            Map.of(),
            line,
            "256m",
            options,
            Plotting.class.getName(),
            List.of())) {
      assertEquals(0, java.exitCode(), () -> "see " + java.log());
      return java.announced();
    }
  }
}
