package io.sparkddpm.spark.training.round;

import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.training.exchange.RoundResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The step that the driver takes where gradients are averaged. */
final class DriverStep {
  private DriverStep() {}

  /**
   * Takes the step.
   *
   * @param gradient mean of the workers', flat
   * @param state changed by the step
   * @param workers what the driver knows of them
   * @return the same with the step's gradient norm, and with what the driver computes with
   */
  static RoundResult take(
      EnginePool.Key engine, float[] gradient, TrainingState state, RoundResult workers) {
    Map<String, Arithmetic> arithmetic = new HashMap<>(workers.arithmetic());
    arithmetic.put("the driver", apply(engine, gradient, state));
    StepStatistics step = workers.steps().get(0).withGradientNorm(norm(gradient));
    return new RoundResult(
        List.of(step), workers.places(), arithmetic, step.isFinite(), workers.seconds());
  }

  private static Arithmetic apply(EnginePool.Key key, float[] gradient, TrainingState state) {
    return EnginePool.here()
        .use(
            Role.DENOISER,
            key,
            engine -> {
              engine.model().load(state);
              engine.model().loadGradient(gradient);
              engine.model().update(engine.model().gradientNorm());
              engine.model().store(state);
              return engine.arithmetic();
            });
  }

  private static double norm(float[] gradient) {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    return Math.sqrt(sum);
  }
}
