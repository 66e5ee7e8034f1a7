package io.sparkddpm.spark.lab.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.ExchangeFormat;
import io.sparkddpm.spark.lab.plan.ScalingModel.Constants;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScalingModelTest {
  private static final double GIGABIT = 1.25e8;
  private static final Constants FREE = new Constants(0, 0, 0, 0, 0, 0);

  private static ScalingModel model(AveragingMode mode, Constants constants) {
    return new ScalingModel(
        35_746_307,
        mode,
        mode == AveragingMode.GRADIENTS ? 1 : 3,
        ExchangeFormat.FLOAT32,
        0,
        16,
        20,
        constants);
  }

  @Test
  void oneExecutorSendsItsStateToTheDriverAndNoneToItself() {
    ScalingModel model = model(AveragingMode.PARAMETERS, FREE);
    double state = 12.0 * 35_746_307;
    assertEquals(state / GIGABIT, model.overhead(1, GIGABIT, 0), 1e-9);
    ScalingModel gradients = model(AveragingMode.GRADIENTS, FREE);
    assertEquals(2 * state / 3 / GIGABIT, gradients.overhead(1, GIGABIT, 1), 1e-9);
  }

  @Test
  void whatTheDriverFetchesWhileWorkersWorkCostsNothing() {
    ScalingModel model = model(AveragingMode.PARAMETERS, FREE);
    double fetching = model.overhead(1, GIGABIT, 0);
    double step = 16.0 / 20;
    assertEquals(fetching - 3 * step, model.overhead(1, GIGABIT, 3), 1e-9);
    assertEquals(0, model.overhead(1, GIGABIT, 8), 1e-9);
    ScalingModel gradients = model(AveragingMode.GRADIENTS, FREE);
    assertEquals(gradients.overhead(1, GIGABIT, 0), gradients.overhead(1, GIGABIT, 8), 1e-9);
  }

  @Test
  void anExecutorsTrafficStaysBelowTwoStatesAtAnyNumber() {
    ScalingModel model = model(AveragingMode.PARAMETERS, FREE);
    double state = 12.0 * 35_746_307;
    for (int executors = 2; executors <= 512; executors *= 2) {
      // to the others and from the others; the blocks do not divide evenly
      double least = 2.0 * (executors - 1) / executors * state / GIGABIT;
      double found = model.overhead(executors, GIGABIT, 32);
      assertTrue(found >= least && found < 1.25 * least, executors + ": " + found + " " + least);
    }
  }

  @Test
  void halfTheBytesTakeHalfTheTimeOfTheNetworkAndNoneOfTheProcessors() {
    Constants constants = new Constants(0.1, 0.005, 2e-9, 1e-9, 2e-9, 1e-9);
    ScalingModel full = model(AveragingMode.PARAMETERS, constants);
    ScalingModel half =
        new ScalingModel(
            full.parameters(),
            full.averaging(),
            full.vectors(),
            ExchangeFormat.BFLOAT16,
            full.kept(),
            full.share(),
            full.imagesPerSecond(),
            constants);
    double infinite = full.overhead(8, 1e30, 32);
    assertEquals(infinite, half.overhead(8, 1e30, 32), 1e-9);
    assertEquals(
        (full.overhead(8, GIGABIT, 32) - infinite) / 2,
        half.overhead(8, GIGABIT, 32) - infinite,
        1e-9);
  }

  @Test
  void aNetworkWithoutCostScalesLinearly() {
    ScalingModel model = model(AveragingMode.PARAMETERS, FREE);
    assertEquals(20 * 64, model.imagesPerSecond(64, 1e30, 1), 1e-6);
    assertEquals(OptionalInt.of(1), model.recommendedFrequency(64, 1e30));
  }

  @Test
  void moreStepsMoreBandwidthAndFewerExecutorsAreMoreEfficient() {
    ScalingModel model =
        model(AveragingMode.PARAMETERS, new Constants(0.1, 0.005, 2e-9, 1e-9, 2e-9, 1e-9));
    double before = 1;
    for (int executors = 1; executors <= 512; executors *= 2) {
      double now = model.efficiency(executors, 10 * GIGABIT, 8);
      assertTrue(now > 0 && now < before, executors + ": " + now);
      double faster = model.efficiency(executors, 25 * GIGABIT, 8);
      assertTrue(executors == 1 ? faster == now : faster > now, executors + ": " + faster);
      assertTrue(model.efficiency(executors, 10 * GIGABIT, 32) > now);
      before = now;
    }
  }

  @Test
  void theSmallestFrequencyThatIsEfficientEnoughIsRecommended() {
    ScalingModel model =
        model(AveragingMode.PARAMETERS, new Constants(0.1, 0.005, 2e-9, 1e-9, 2e-9, 1e-9));
    int frequency = model.recommendedFrequency(16, 10 * GIGABIT).orElseThrow();
    assertTrue(model.efficiency(16, 10 * GIGABIT, frequency) >= ScalingModel.EFFICIENCY);
    assertTrue(model.efficiency(16, 10 * GIGABIT, frequency / 2) < ScalingModel.EFFICIENCY);
    assertEquals(
        OptionalInt.empty(),
        model(AveragingMode.GRADIENTS, new Constants(9, 0, 0, 0, 0, 0))
            .recommendedFrequency(16, 10 * GIGABIT));
  }
}
