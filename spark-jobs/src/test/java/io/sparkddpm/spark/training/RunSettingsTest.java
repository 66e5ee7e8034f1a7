package io.sparkddpm.spark.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.P2Weighting;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSettingsTest {
  private static RunSettings set(String... assignments) {
    return ConfigBinder.bind(
        RunSettings.DEFAULTS, ConfigLayer.assignments("test", List.of(assignments)));
  }

  @Test
  void weightsAndClocksAreReadAndWritten() {
    assertFalse(
        RunSettings.DEFAULTS.toMap().keySet().stream()
            .anyMatch(k -> k.contains("weighting") || k.contains("clock")),
        "runs that were made before there were any are equal to those without");
    RunSettings settings =
        set(
            "training.weighting=p2",
            "training.weighting.gamma=0.5",
            "training.clock=second-moment",
            "training.clock.history=7");
    assertEquals(new P2Weighting(1, 0.5), settings.training().weighting());
    assertEquals(new ClockConfig.SecondMoment(7, 0.001), settings.training().clock());
    assertEquals(settings, RunSettings.fromMap("test", settings.toMap()));
    assertEquals(
        List.of(
            "training.clock.type was uniform, is now second-moment",
            "training.weighting.type was constant, is now p2"),
        settings.conflictsWith(RunSettings.DEFAULTS));
  }

  @Test
  void theTypeOfTheNetworkIsNotRecordedWhereItIsTheFormerOnlyOne() {
    RunSettings settings = set("model.type=unet");
    assertEquals(RunSettings.DEFAULTS, settings);
    assertFalse(settings.toMap().containsKey("model.type"));
    assertEquals("unet", settings.keys().get("model.type"));
    UserException e = assertThrows(UserException.class, () -> set("model.type=resnet"));
    assertEquals(
        "configuration: model.type must be one of unet, unet1d, transformer, classifier,"
            + " autoencoder, got 'resnet' (test model.type)",
        e.getMessage());
  }

  private static Integer groups(RunSettings settings) {
    return ((UNetConfig) settings.model()).groups();
  }

  @Test
  void groupsFollowTheChannelsWhereNothingSetsThem() {
    Map<String, Integer> wanted = Map.of("6", 1, "14", 2, "32", 8, "36", 9, "128", 32, "256", 32);
    wanted.forEach(
        (channels, groups) ->
            assertEquals(groups, groups(set("model.channels=" + channels)), channels));
    RunSettings narrow = set("model.channels=32");
    assertEquals("8", narrow.toMap().get("model.groups"));
    assertEquals(narrow, RunSettings.fromMap("test", narrow.toMap()));
    RunSettings older = RunSettings.fromMap("test", Map.of("model.channels", "32"));
    assertEquals(32, groups(older), "a run from before there was the key");
    assertFalse(older.toMap().containsKey("model.groups"));
    assertEquals(older, set("model.channels=32", "model.groups=32"));
    assertEquals(List.of("model.groups was 32, is now 8"), narrow.conflictsWith(older));
  }

  @Test
  void settingsThatNowHaveTypesKeepTheirNamesInArtefacts() {
    RunSettings settings =
        set(
            "training.averaging=parameters",
            "training.averaging.period.steps=4",
            "training.steps=8",
            "training.ema=warmup",
            "training.ema.rates=[0.9, 0.99]",
            "optimizer.schedule.learning-rate=0.001",
            "optimizer.schedule.warmup-steps=7");
    RunSettings former =
        set(
            "training.averaging=parameters",
            "training.averaging-frequency=4",
            "training.steps=8",
            "training.ema-schedule=warmup",
            "training.ema-rates=[0.9, 0.99]",
            "optimizer.learning-rate=0.001",
            "optimizer.warmup-steps=7");
    assertEquals(former, settings);
    Map<String, String> recorded = settings.toMap();
    assertEquals("parameters", recorded.get("training.averaging"));
    assertEquals("4", recorded.get("training.averaging-frequency"));
    assertEquals("[0.9, 0.99]", recorded.get("training.ema-rates"));
    assertEquals("warmup", recorded.get("training.ema-schedule"));
    assertEquals("0.001", recorded.get("optimizer.learning-rate"));
    assertEquals("7", recorded.get("optimizer.warmup-steps"));
    assertEquals(RunSettings.DEFAULTS.toMap().keySet(), recorded.keySet());
    assertEquals(settings, RunSettings.fromMap("test", recorded));
  }

  @Test
  void aTypeAndItsKeysStandSideBySideInArtefacts() {
    RunSettings settings =
        set(
            "training.averaging.period=post-local",
            "training.averaging.period.after=3",
            "training.averaging.period.steps=4",
            "training.steps=11",
            "optimizer.schedule=cosine",
            "optimizer.schedule.end-step=50");
    assertEquals("parameters", settings.toMap().get("training.averaging"));
    assertEquals("3", settings.toMap().get("training.averaging.period.after"));
    assertEquals(settings, RunSettings.fromMap("test", settings.toMap()));
    assertEquals(
        List.of(
            "optimizer.schedule.type was constant, is now cosine",
            "training.averaging.period.steps was 1, is now 4",
            "training.averaging.period.type was constant, is now post-local"),
        settings.conflictsWith(RunSettings.DEFAULTS));
  }

  @Test
  void theVarianceMayChangeUnlessTheLossIsWeightedByIt() {
    String other = "diffusion.variance=beta-tilde";
    assertEquals(List.of(), set(other).conflictsWith(RunSettings.DEFAULTS));
    String bound = "training.weighting=bound";
    assertEquals(
        List.of("diffusion.variance was beta, is now beta-tilde"),
        set(bound, other).conflictsWith(set(bound)));
  }
}
