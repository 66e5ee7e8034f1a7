package io.sparkddpm.spark.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.DistillationObjective;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stages that lead from a teacher's steps to a student's. */
class DistillationTest {
  @Test
  void eachStageHalvesTheSteps() {
    assertEquals(List.of(32, 16, 8, 4), Distillation.stages(64, 4));
    assertEquals(List.of(1), Distillation.stages(2, 1));
    assertEquals(List.of(25), Distillation.stages(50, 25));
  }

  private static String refused(String text) {
    DdpmConfig config = ConfigBinder.bind(DdpmConfig.DEFAULTS, ConfigLayer.text("test", text));
    return assertThrows(
            UserException.class, () -> config.runSettings(DistillationObjective.DEFAULTS))
        .getMessage();
  }

  @Test
  void teachersThatCannotBeLearnedFromAreRefusedInOneLine() {
    assertEquals(
        "configuration: training.objective=distillation needs a network that predicts v or x0, this"
            + " one predicts epsilon, from which x0 cannot be read at the noisiest timesteps, where"
            + " a student of few steps begins: train the teacher with diffusion.prediction=v",
        refused(""));
    assertEquals(
        "configuration: averaging stock trains with objective simple alone",
        refused("diffusion.prediction = v\ntraining.averaging = stock"));
  }

  @Test
  void numbersThatHalvingDoesNotJoinAreRefused() {
    for (int[] pair : new int[][] {{50, 4}, {4, 4}, {4, 8}, {8, 0}, {0, 0}, {6, 1}}) {
      UserException e =
          assertThrows(UserException.class, () -> Distillation.stages(pair[0], pair[1]));
      assertEquals(
          "halving "
              + pair[0]
              + " steps does not lead to "
              + pair[1]
              + ": take 2, 4, 8 … times as many steps as the last student has",
          e.getMessage());
    }
  }
}
