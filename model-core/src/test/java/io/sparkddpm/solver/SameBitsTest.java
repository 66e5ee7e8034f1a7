package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Samples keep their bits: digests that version 1's samplers gave, before solvers and denoisers
 * were taken apart, over both schedules, both variances, all spacings, several numbers of steps and
 * amounts of noise. Ancestral samples of networks that predict μ are of later: their steps take the
 * output itself as the mean.
 */
class SameBitsTest {
  private static final List<NoiseProcess> PROCESSES =
      List.of(process(new LinearSchedule(100, 1e-3, 0.1)), process(new CosineSchedule(400)));

  private static NoiseProcess process(ScheduleConfig config) {
    return new DiscreteProcess(NoiseSchedule.of(config));
  }

  private static Solver solver(String kind, double noise) {
    return kind.equals("DDIM") ? new DdimSolver(noise) : new AncestralSolver(noise);
  }

  @ParameterizedTest
  @CsvSource({
    "EPSILON, true, ANCESTRAL, c6ff6ccfe0f385636c7d325352ce53d4a6f545ad9f2392f89ce6e4e5a5c681b2",
    "EPSILON, true, DDIM, 61d3495edd5fa10ee9160f4a03b35d75707a3f4b67179da52931949bf361a047",
    "EPSILON, false, ANCESTRAL, 8c350b1ec3ff932cbc403cf5c8c4b6f181b8fff898779c2061efe1344778637b",
    "EPSILON, false, DDIM, a57e685050c72712c19ce3a6c04bc0c60aa3ecd4a94924d0745bf4b1ec4f091b",
    "X0, true, ANCESTRAL, 91215d0700cd436ab2500e6b44b71a2879d9a2b6d629032a73ff5e7c6e86d74d",
    "X0, true, DDIM, 50c63700f34d5405d37017b5bb4271c20376486e17277d82417ec056516664f0",
    "X0, false, ANCESTRAL, 91215d0700cd436ab2500e6b44b71a2879d9a2b6d629032a73ff5e7c6e86d74d",
    "X0, false, DDIM, 50c63700f34d5405d37017b5bb4271c20376486e17277d82417ec056516664f0",
    "V, true, ANCESTRAL, f20175e5ac7b18a36e1be23e5e83a263c6fd41ac986133a8fea02cfe5af81155",
    "V, true, DDIM, 35b115f5eb39d2a0d7a021a8357ad9ba4a8670b53cd5ad31a1f203e2c9937e7b",
    "V, false, ANCESTRAL, fd8e81ede7855b192181f9427e5ecfad542894a5f8e71f59c9a0cc49c884558f",
    "V, false, DDIM, 342eccb6997433d2238e704cb1436e5a1ddbec56ecbf6f447117142eebfa547c",
    "MU, true, ANCESTRAL, 989ec654b4a7fb83e78a8f9d6af81e7ef684a4324c01942a4832fcff86090041",
    "MU, true, DDIM, 9fb403df4fd873f2919baa7ceb671329cb7877aadb7587d2fd1607c5d1a8d721",
    "MU, false, ANCESTRAL, b814f9e6a15e6f4b8c267df8b7f8ca817e5a1a25c3c83d327df6a22ab4991707",
    "MU, false, DDIM, c32c59124ecd871db1691aba967234f8e03755b50d0e96c7ba6bae214bacf919"
  })
  void samplesAreTheSameToTheBit(
      PredictionType prediction, boolean clip, String kind, String expected) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (NoiseProcess process : PROCESSES) {
      for (VarianceType variance : List.of(VarianceType.BETA, VarianceType.BETA_TILDE)) {
        DiffusionConfig diffusion = new DiffusionConfig(prediction, variance, clip);
        for (Spacing spacing : List.of(Spacing.UNIFORM, Spacing.STRIDE, Spacing.QUADRATIC)) {
          for (int steps : new int[] {0, 1, 5}) {
            for (double noise : new double[] {0, 0.7, 1}) {
              SampleConfig config =
                  new SampleConfig(solver(kind, noise), steps, spacing, 7, 3, "raw");
              digest.update(bytes(draw(process, diffusion, config)));
            }
          }
        }
      }
    }
    assertEquals(expected, HexFormat.of().formatHex(digest.digest()));
  }

  private static Batch draw(NoiseProcess process, DiffusionConfig diffusion, SampleConfig config) {
    return new SeededBatches(
            config.solver(), config.grid(process), config.seed(), 3, Shape.of(1, 2, 4))
        .draw(
            diffusion.denoiser(new MadeUpNetwork(), process),
            2,
            Condition.none(3),
            StepListener.NONE);
  }

  private static byte[] bytes(Batch x) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * x.data().length);
    for (float value : x.data()) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  /** Each element with its neighbour and the level, kept in bounds. */
  private static final class MadeUpNetwork implements Network {
    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      int length = x.itemLength();
      for (int n = 0; n < x.count(); n++) {
        for (int i = 0; i < length; i++) {
          float own = x.data()[n * length + i];
          float next = x.data()[n * length + (i + 1) % length];
          output.data()[n * length + i] =
              (0.9f - 0.0002f * (int) levels[n]) * own / (1 + Math.abs(own))
                  + 0.2f * next / (1 + Math.abs(next))
                  - 0.05f;
        }
      }
    }

    @Override
    public void close() {}
  }
}
