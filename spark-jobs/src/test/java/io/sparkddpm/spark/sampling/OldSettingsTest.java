package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.training.RunSettings;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Settings in manifests that an earlier version wrote, before keys had types: they are read, and
 * written again the same. {@code settings-of-ffb6597.json} holds those of two checkpoints and of
 * three sets of samples, with the fingerprints of their plans.
 */
class OldSettingsTest {
  private static final SamplePlan DEFAULTS =
      new SamplePlan(
          "",
          UNetConfig.DEFAULTS,
          ScheduleConfig.DEFAULTS,
          DiffusionConfig.DEFAULTS,
          SampleConfig.DEFAULTS,
          1,
          Nd4jEngine.NAME);

  private static JsonNode old() throws IOException {
    try (InputStream in = OldSettingsTest.class.getResourceAsStream("settings-of-ffb6597.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static SortedMap<String, String> map(JsonNode node) {
    return new ObjectMapper().convertValue(node, new TypeReference<TreeMap<String, String>>() {});
  }

  @Test
  void runsKeepTheirSettings() throws IOException {
    for (JsonNode checkpoint : old().get("checkpoints")) {
      SortedMap<String, String> written = map(checkpoint);
      RunSettings settings = RunSettings.fromMap("old", written);
      assertEquals(written, settings.toMap());
      assertEquals(
          List.of(),
          settings.conflictsWith(
              ConfigBinder.bind(
                  RunSettings.DEFAULTS, ConfigLayer.text("now", ConfigText.render(settings)))));
    }
  }

  @Test
  void samplesKeepTheirFingerprints() throws IOException {
    for (JsonNode samples : old().get("samples")) {
      SortedMap<String, String> written = map(samples.get("config"));
      SortedMap<String, String> all = new TreeMap<>(written);
      all.put("weights", samples.get("weights").asText());
      SamplePlan plan = ConfigBinder.bind(DEFAULTS, ConfigLayer.values("old", all));
      assertEquals(written, plan.toMap());
      assertEquals(samples.get("plan").asText(), plan.fingerprint());
    }
  }

  @Test
  void whatIsNewIsTold() throws IOException {
    Map<String, String> last = map(old().get("samples").get(2).get("config"));
    SamplePlan plan = ConfigBinder.bind(DEFAULTS, ConfigLayer.values("old", last));
    assertEquals(new CosineSchedule(40), plan.schedule());
    assertEquals(new DdimSolver(0.5), plan.sample().solver());
    SampleConfig sample = plan.sample();
    SampleConfig predicted =
        new SampleConfig(
            new DdimSolver(0.5, DdimSolver.Epsilon.PREDICTED),
            sample.steps(),
            sample.spacing(),
            sample.seed(),
            sample.batchSize(),
            sample.weights());
    SortedMap<String, String> written =
        new SamplePlan(
                "",
                plan.network(),
                plan.schedule(),
                plan.diffusion(),
                predicted,
                plan.count(),
                plan.engine())
            .toMap();
    assertTrue(written.entrySet().containsAll(last.entrySet()));
    assertEquals("predicted", written.get("sample.solver.epsilon"));
  }
}
