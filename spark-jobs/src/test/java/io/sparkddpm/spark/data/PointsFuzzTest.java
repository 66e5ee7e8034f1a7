package io.sparkddpm.spark.data;

import io.sparkddpm.points.DrawnPoints;
import io.sparkddpm.points.PointFiles;
import io.sparkddpm.points.PointSet;
import io.sparkddpm.spark.input.Mutants;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Damaged files of points end in points or a refusal. */
class PointsFuzzTest {
  private static final long MOST = 4L << 20;
  private static final byte[] BINARY = new DrawnPoints().file(1, 1);

  private static String lines() {
    PointSet points = PointFiles.read(BINARY, "a.ply");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      lines.append(
          String.format(
              Locale.ROOT,
              "%.5f %.5f %.5f%n",
              points.get(i, 0),
              points.get(i, 1),
              points.get(i, 2)));
    }
    return lines.toString();
  }

  private static void check(String format, byte[] file, String name) {
    Mutants.forEach(format, file, MOST, mutant -> PointFiles.read(mutant, name));
  }

  @Test
  void ply() {
    check("binary PLY", BINARY, "a.ply");
    String header =
        "ply\nformat ascii 1.0\nelement vertex 100\nproperty float x\nproperty float y\n"
            + "property float z\nelement face 1\nproperty list uchar int i\nend_header\n";
    String whole = header + lines() + "3 0 1 2\n";
    check("ASCII PLY", whole.getBytes(StandardCharsets.US_ASCII), "a.ply");
  }

  @Test
  void xyz() {
    check("XYZ", lines().getBytes(StandardCharsets.US_ASCII), "a.xyz");
  }
}
