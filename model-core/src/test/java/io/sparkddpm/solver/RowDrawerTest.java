package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Rows of images, over the mixture of Gaussians. */
class RowDrawerTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));
  private static final Batch ENDS = new Batch(new float[] {1.4f, 0.6f, -1, 0.9f}, 2, Shape.of(2));
  private static final int SEED = 11;

  private static RowDrawer drawer(Solver solver, int steps, int size) {
    return drawer(solver, steps, size, StepListener.NONE);
  }

  private static RowDrawer drawer(Solver solver, int steps, int size, StepListener listener) {
    MixtureDenoiser mixture = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
    TimeGrid grid = Spacing.KARRAS.grid(steps, PROCESS);
    return new RowDrawer(
        new SeededBatches(solver, grid, SEED, size, Shape.of(2)), mixture, mixture, listener);
  }

  private static Interpolation between(
      Interpolation.Noise noise, Interpolation.Path path, int columns, Double... levels) {
    return new Interpolation(noise, path, 3, 4, List.of(levels), columns);
  }

  private static float[] row(RowDrawer drawer, Interpolation rows, int row) {
    List<float[]> drawn = new ArrayList<>();
    drawer.draw(
        rows,
        row,
        ENDS,
        Condition.NO_LABEL,
        (batch, count) -> drawn.add(Arrays.copyOf(batch.data(), 2 * count)));
    return joined(drawn);
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static float[] item(float[] row, int item) {
    return Arrays.copyOfRange(row, 2 * item, 2 * item + 2);
  }

  /** Heun's error with 200 steps there and back. */
  @Test
  void theOdeBringsBothEndsBack() {
    for (Interpolation.Path path : Interpolation.Path.values()) {
      Interpolation rows = between(Interpolation.Noise.ODE, path, 5, 999.0, 600.0, 200.0);
      for (int r = 0; r < 3; r++) {
        float[] row = row(drawer(HeunSolver.DEFAULTS, 200, 5), rows, r);
        assertArrayEquals(item(ENDS.data(), 0), item(row, 0), 5e-3f, "first end of row " + r);
        assertArrayEquals(item(ENDS.data(), 1), item(row, 4), 5e-3f, "second end of row " + r);
      }
    }
  }

  /** Without noise the images themselves are mixed. */
  @Test
  void cleanRowsAreMixedImages() {
    for (Interpolation.Noise noise :
        List.of(Interpolation.Noise.OWN, Interpolation.Noise.SHARED, Interpolation.Noise.ODE)) {
      Interpolation rows = between(noise, Interpolation.Path.SPHERICAL, 3, NoiseProcess.CLEAN);
      float[] expected = {1.4f, 0.6f, 0.2f, 0.75f, -1, 0.9f};
      assertArrayEquals(expected, row(drawer(HeunSolver.DEFAULTS, 20, 4), rows, 0), 1e-6f);
    }
  }

  private static float[] firstSeen(Interpolation rows) {
    List<float[]> seen = new ArrayList<>();
    StepListener first =
        (step, level, xt, x0) -> {
          if (step == 0) {
            assertEquals(500, level);
            seen.add(xt.data().clone());
          }
        };
    MixtureDenoiser mixture = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
    SeededBatches batches =
        new SeededBatches(
            DdimSolver.DEFAULTS, Spacing.UNIFORM.grid(1000, PROCESS), SEED, 3, Shape.of(2));
    row(new RowDrawer(batches, mixture, mixture, first), rows, 0);
    return seen.get(0);
  }

  private static float[] noise(long key) {
    float[] z = new float[2];
    RandomStream.of(SEED, Purpose.INTERPOLATION, key).fillGaussian(z, 0, 2);
    return z;
  }

  /** x_t of the paper, with the noise of each image or the same. */
  @Test
  void linearMixturesAreThePapers() {
    double alpha = PROCESS.alpha(500);
    double sigma = PROCESS.sigma(500);
    for (boolean own : new boolean[] {true, false}) {
      Interpolation.Noise kind = own ? Interpolation.Noise.OWN : Interpolation.Noise.SHARED;
      float[] seen = firstSeen(between(kind, Interpolation.Path.LINEAR, 3, 500.0));
      float[] here = noise(0);
      float[] there = noise(own ? 1 : 0);
      for (int i = 0; i < 2; i++) {
        double first = alpha * ENDS.data()[i] + sigma * here[i];
        double second = alpha * ENDS.data()[2 + i] + sigma * there[i];
        assertEquals(first, seen[i], 1e-6);
        assertEquals(0.5 * (first + second), seen[2 + i], 1e-6);
        assertEquals(second, seen[4 + i], 1e-6);
      }
    }
  }

  /** Half-way the noise is the sum over twice the cosine of half the angle. */
  @Test
  void sphericalMixturesKeepTheNoise() {
    double alpha = PROCESS.alpha(500);
    double sigma = PROCESS.sigma(500);
    float[] seen =
        firstSeen(between(Interpolation.Noise.OWN, Interpolation.Path.SPHERICAL, 3, 500.0));
    float[] here = noise(0);
    float[] there = noise(1);
    double cosine =
        (here[0] * there[0] + here[1] * there[1])
            / (Math.hypot(here[0], here[1]) * Math.hypot(there[0], there[1]));
    double scale = 1 / (2 * Math.sqrt(0.5 * (1 + cosine)));
    for (int i = 0; i < 2; i++) {
      double image = 0.5 * (ENDS.data()[i] + ENDS.data()[2 + i]);
      assertEquals(
          alpha * image + sigma * scale * (here[i] + there[i]), seen[2 + i], 1e-5, "value " + i);
      assertEquals(alpha * ENDS.data()[i] + sigma * here[i], seen[i], 1e-6);
    }
    assertArrayEquals(
        firstSeen(between(Interpolation.Noise.SHARED, Interpolation.Path.LINEAR, 3, 500.0)),
        firstSeen(between(Interpolation.Noise.SHARED, Interpolation.Path.SPHERICAL, 3, 500.0)),
        "equal noise has one mixture");
  }

  /** A solver without noise draws at the ends what it draws of the seeds. */
  @Test
  void seedsEndInTheirOwnSamples() {
    TimeGrid grid = Spacing.KARRAS.grid(20, PROCESS);
    for (Interpolation.Path path : Interpolation.Path.values()) {
      Interpolation rows = between(Interpolation.Noise.SEEDS, path, 4, 999.0);
      float[] row = row(drawer(new UniPcSolver(2), 20, 4), rows, 0);
      for (int end = 0; end < 2; end++) {
        Batch own =
            new SeededBatches(new UniPcSolver(2), grid, 3 + end, 1, Shape.of(2))
                .draw(
                    new MixtureDenoiser(GaussianMixture.PLANE, PROCESS),
                    0,
                    Condition.none(1),
                    StepListener.NONE);
        assertArrayEquals(own.data(), item(row, 3 * end));
      }
    }
  }

  /** Batches of any size give the same, and neighbours differ by λ alone, whatever the noise. */
  @Test
  void anImageDependsOnItsPlaceOnly() {
    Interpolation rows =
        between(Interpolation.Noise.OWN, Interpolation.Path.LINEAR, 5, 700.0, 300.0);
    Interpolation still =
        new Interpolation(
            Interpolation.Noise.SHARED, Interpolation.Path.LINEAR, 3, 3, List.of(300.0), 5);
    for (int r = 0; r < 2; r++) {
      float[] whole = row(drawer(AncestralSolver.DEFAULTS, 20, 5), rows, r);
      assertArrayEquals(whole, row(drawer(AncestralSolver.DEFAULTS, 20, 2), rows, r));
    }
    Batch same = new Batch(new float[] {1, 1, 1, 1}, 2, Shape.of(2));
    List<float[]> drawn = new ArrayList<>();
    drawer(AncestralSolver.DEFAULTS, 20, 5)
        .draw(still, 0, same, Condition.NO_LABEL, (b, count) -> drawn.add(b.data().clone()));
    for (int n = 1; n < 5; n++) {
      assertArrayEquals(item(drawn.get(0), 0), item(drawn.get(0), n), 1e-6f);
    }
  }

  private static float[] coarse(int size, CoarseToFine rows, long image) {
    List<float[]> drawn = new ArrayList<>();
    drawer(AncestralSolver.DEFAULTS, 100, size)
        .draw(
            rows,
            image,
            Condition.none(size),
            (batch, count) -> drawn.add(Arrays.copyOf(batch.data(), 2 * count)));
    return joined(drawn);
  }

  /** The clean row is the sample itself; above it images vary the more, the noisier the x_t. */
  @Test
  void imagesFromASharedLatent() {
    int columns = 32;
    int images = 16;
    CoarseToFine rows = new CoarseToFine(images, List.of(999.0, 400.0, 100.0, -1.0), columns);
    Batch samples =
        new SeededBatches(
                AncestralSolver.DEFAULTS,
                Spacing.KARRAS.grid(100, PROCESS),
                SEED,
                images,
                Shape.of(2))
            .draw(
                new MixtureDenoiser(GaussianMixture.PLANE, PROCESS),
                0,
                Condition.none(images),
                StepListener.NONE);
    double[] spread = new double[4];
    for (int image = 0; image < images; image++) {
      float[] drawn = coarse(8, rows, image);
      for (int row = 0; row < 4; row++) {
        float[] own = Arrays.copyOfRange(drawn, 2 * row * columns, 2 * (row + 1) * columns);
        spread[row] += variance(own) / images;
      }
      assertArrayEquals(item(samples.data(), image), item(drawn, 3 * columns), "image " + image);
    }
    assertEquals(0, spread[3], 1e-6);
    for (int row = 1; row < 4; row++) {
      assertTrue(spread[row] < spread[row - 1], Arrays.toString(spread));
    }
    assertArrayEquals(coarse(8, rows, 1), coarse(3, rows, 1), "for any size of a batch");
  }

  private static double variance(float[] points) {
    double sum = 0;
    for (int axis = 0; axis < 2; axis++) {
      double mean = 0;
      double square = 0;
      for (int i = axis; i < points.length; i += 2) {
        mean += 2.0 * points[i] / points.length;
        square += 2.0 * points[i] * points[i] / points.length;
      }
      sum += square - mean * mean;
    }
    return sum;
  }

  @Test
  void whatCannotBeDrawnIsRefused() {
    TimeGrid grid = Spacing.KARRAS.grid(20, PROCESS);
    Interpolation ode = between(Interpolation.Noise.ODE, Interpolation.Path.LINEAR, 2, 500.0);
    assertMessage(
        "Heun's method without churn leads along the ODE both ways: the solver must be heun, got"
            + " ddim",
        () -> ode.checkDrawsBy(DdimSolver.DEFAULTS, grid));
    CoarseToFine shared = new CoarseToFine(1, List.of(500.0), 2);
    assertMessage(
        "images from a shared x_t differ by the noise that the solver adds, and ddim adds none"
            + " here",
        () -> shared.checkDrawsBy(DdimSolver.DEFAULTS, grid));
    shared.checkDrawsBy(new DdimSolver(0.5), grid);
    assertMessage(
        "the grid has no level from 0 to 3; take more steps",
        () ->
            new CoarseToFine(1, List.of(3.0), 2)
                .checkDrawsBy(AncestralSolver.DEFAULTS, TimeGrid.of(999, 500, -1)));
    assertMessage(
        "levels must fall from row to row: [5.0, 5.0]",
        () -> new CoarseToFine(1, List.of(5.0, 5.0), 2));
    assertMessage(
        "a level must be at least 0, or -1 for clean data, got -2",
        () -> new CoarseToFine(1, List.of(-2.0), 2));
    assertMessage(
        "columns must be at least 2, got 1",
        () -> between(Interpolation.Noise.OWN, Interpolation.Path.LINEAR, 1, 5.0));
    assertMessage("there is no level", () -> new CoarseToFine(1, List.of(), 1));
    assertMessage(
        "there must be at least 1 image, got 0", () -> new CoarseToFine(0, List.of(5.0), 1));
  }

  private static void assertMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }
}
