package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.HybridObjective;
import org.junit.jupiter.api.Test;

class LearnedVarianceConfigTest {
  private static DdpmConfig bind(String text) {
    return ConfigBinder.bind(DdpmConfig.DEFAULTS, ConfigLayer.text("test", text));
  }

  private static String refused(String text) {
    return assertThrows(UserException.class, () -> bind(text).runSettings()).getMessage();
  }

  @Test
  void theNetworksOutputsFollow() {
    DdpmConfig config =
        bind(
            "diffusion.variance = learned-range\ntraining.objective { type = hybrid, lambda = 1 }");
    assertEquals(6, config.model().outputShape().dim(0));
    assertEquals(6, config.runSettings().model().outputShape().dim(0));
    assertEquals(new HybridObjective(1), config.runSettings().training().objective());
    assertEquals(
        HybridObjective.DEFAULTS,
        bind("diffusion.variance = learned-range\ntraining.objective = hybrid")
            .runSettings()
            .training()
            .objective());
    assertEquals(3, bind("training.objective = bound").runSettings().model().outputShape().dim(0));
  }

  @Test
  void contradictionsAreRefused() {
    assertEquals(
        "configuration: diffusion.variance=learned-range is not trained by"
            + " training.objective=simple; choose the objective hybrid or bound",
        refused("diffusion.variance = learned-range"));
    assertEquals(
        "configuration: training.objective=hybrid trains a variance and needs"
            + " diffusion.variance=learned-range; with a fixed one choose simple or bound",
        refused("training.objective = hybrid"));
    assertEquals(
        "configuration: model.output-channels must be 6, got 4: 2 for each of"
            + " model.input-channels=3, as diffusion.variance is learned",
        refused(
            "diffusion.variance = learned-range\n"
                + "training.objective = bound\n"
                + "model.output-channels = 4"));
  }
}
