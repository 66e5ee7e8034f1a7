package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.diffusion.ClassifierGuidance;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Classifier guidance against numbers of other programs, and of a mixture whose classes are known.
 */
class ClassifierGuidanceTest {
  private static final double EVERYWHERE = 1e6;

  private static NoiseProcess process(ScheduleConfig schedule) {
    return new DiscreteProcess(NoiseSchedule.of(schedule));
  }

  private static Denoiser guided(Denoiser denoiser, double scale, ClassScore score) {
    return new ClassifierGuidance(scale, 0, EVERYWHERE, "", "raw")
        .guided(denoiser, Optional.of(score));
  }

  /** Answers with given x_0, whatever it is asked. */
  private record Fixed(NoiseProcess process, float[] x0) implements Denoiser {
    @Override
    public Variance variance() {
      return VarianceType.BETA_TILDE.variance();
    }

    @Override
    public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
      System.arraycopy(x0, 0, reading.x0().data(), 0, x0.length);
    }
  }

  /** guided-diffusion's condition_score with a gradient in closed form. */
  @ParameterizedTest
  @ValueSource(strings = {"linear", "cosine"})
  void goldenX0(String schedule) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/guided_and_reverse.npz");
    NoiseProcess process =
        process(schedule.equals("linear") ? LinearSchedule.DEFAULTS : CosineSchedule.DEFAULTS);
    double[] timesteps = golden.get("T1000/t").toDoubles();
    Shape shape = Shape.of(3, 4, 4);
    Batch x = new Batch(golden.get("x").toFloats(), 2, shape);
    String name = schedule + "/T1000/clip0/";
    float[] before = golden.get(name + "p_pred_xstart").toFloats();
    double[] after = golden.get(name + "condition_score_pred_xstart").toDoubles();
    int length = x.data().length;
    ClassScore score =
        (at, levels, labels, gradient) -> {
          for (int i = 0; i < length; i++) {
            double v = at.data()[i];
            gradient.data()[i] = (float) (-0.3 * v + 0.05 * Math.cos(2 * v) * levels[0] / 1000);
          }
        };
    for (int row = 0; row < timesteps.length; row++) {
      double t = timesteps[row];
      float[] own = Arrays.copyOfRange(before, row * length, (row + 1) * length);
      Reading reading = Reading.ofX0(2, shape);
      guided(new Fixed(process, own), 1, score)
          .predict(x, new double[] {t, t}, Condition.labels(0, 1), reading);
      double gain = Math.pow(process.sigma(t), 2) / process.alpha(t);
      for (int i = 0; i < length; i++) {
        double expected = after[row * length + i];
        // x, x0 and the gradient are rounded to float
        double tolerance = 3e-7 * (1 + Math.abs(own[i]) + Math.abs(expected) + gain);
        assertEquals(expected, reading.x0().data()[i], tolerance, name + t);
      }
    }
  }

  /** With scale 1 the perfect classifier of a mixture makes the perfect denoiser of a component. */
  @Test
  void goldenEpsilonOfAComponent() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/gmm_eps_model.npz");
    NoiseProcess process = process(LinearSchedule.DEFAULTS);
    double[] t = golden.get("t").toDoubles();
    float[] gradients = golden.get("classifier_grad").toFloats();
    double[] expected = golden.get("eps_class").toDoubles();
    Batch x = new Batch(golden.get("x").toFloats(), 50, Shape.of(2));
    for (int label = 0; label < 3; label++) {
      int component = label;
      ClassScore score =
          (at, levels, labels, gradient) -> {
            for (int i = 0; i < 100; i++) {
              gradient.data()[i] = gradients[(i / 2 * 3 + component) * 2 + i % 2];
            }
          };
      Reading reading = Reading.ofX0AndEpsilon(50, x.shape());
      guided(new MixtureDenoiser(GaussianMixture.PLANE, process), 1, score)
          .predict(x, t, Condition.none(50), reading);
      for (int i = 0; i < 100; i++) {
        double epsilon = expected[(i / 2 * 3 + label) * 2 + i % 2];
        double sigma = process.sigma(t[i / 2]);
        double alpha = process.alpha(t[i / 2]);
        double tolerance = 1e-5 * Math.max(1, Math.abs(epsilon)) / sigma;
        assertEquals(epsilon, reading.epsilon().data()[i], tolerance, "ε of " + i / 2);
        double x0 = (x.data()[i] - sigma * epsilon) / alpha;
        double ofX0 = tolerance * Math.max(1, sigma / alpha) * Math.max(1, Math.abs(x.data()[i]));
        assertEquals(x0, reading.x0().data()[i], ofX0, "x0 of " + i / 2);
      }
    }
  }

  @Test
  void itActsInItsIntervalAndNotWithoutScale() {
    NoiseProcess process = process(LinearSchedule.DEFAULTS);
    Denoiser mixture = new MixtureDenoiser(GaussianMixture.PLANE, process);
    ClassScore ones = (at, levels, labels, gradient) -> Arrays.fill(gradient.data(), 1);
    assertSame(mixture, guided(mixture, 0, ones));
    double middle = process.noiseLevel(400);
    Denoiser some =
        new ClassifierGuidance(1, middle / 2, middle * 2, "", "raw")
            .guided(mixture, Optional.of(ones));
    Batch x = new Batch(new float[] {1, 2, 1, 2, 1, 2}, 3, Shape.of(2));
    double[] levels = {900, 400, 10};
    Reading none = Reading.ofX0(3, x.shape());
    Reading all = Reading.ofX0(3, x.shape());
    Reading within = Reading.ofX0(3, x.shape());
    mixture.predict(x, levels, Condition.none(3), none);
    guided(mixture, 1, ones).predict(x, levels, Condition.none(3), all);
    some.predict(x, levels, Condition.none(3), within);
    float[] expected = none.x0().data().clone();
    System.arraycopy(all.x0().data(), 2, expected, 2, 2);
    assertArrayEquals(expected, within.x0().data());
    assertThrows(IllegalArgumentException.class, () -> new ClassifierGuidance(-1, 0, 1, "", "raw"));
    assertThrows(IllegalArgumentException.class, () -> new ClassifierGuidance(1, 2, 1, "", "raw"));
  }
}
