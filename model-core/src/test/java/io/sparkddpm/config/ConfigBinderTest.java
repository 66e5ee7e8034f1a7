package io.sparkddpm.config;

import static io.sparkddpm.error.Checks.checkArgument;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigBinderTest {
  enum Color {
    RED,
    DARK_BLUE
  }

  record Inner(int betaSteps, double rate, List<Integer> widths, Color color) {
    Inner {
      checkArgument(betaSteps >= 1, "beta-steps must be at least 1, got %s", betaSteps);
      widths = List.copyOf(widths);
    }
  }

  record Outer(Inner model, long seed, boolean flip, String name, Optional<String> clipX0) {}

  private static final Outer DEFAULTS =
      new Outer(
          new Inner(5, 1e-4, List.of(1, 2), Color.RED), 7, true, "file:/a b", Optional.empty());

  @Test
  void nothingSetGivesTheDefaults() {
    assertEquals(DEFAULTS, ConfigBinder.bind(DEFAULTS, ConfigLayer.text("test", "")));
  }

  @Test
  void assignmentsBeatTheFileAndTheFileBeatsDefaults() {
    ConfigLayer file =
        ConfigLayer.text("preset", "model { beta-steps = 9, rate = 2e-4 }, model.widths = [4]");
    ConfigLayer set =
        ConfigLayer.assignments(
            "--set", List.of("model.beta-steps=11", "model.color=dark-blue", "clip-x0=x=y"));
    Outer bound = ConfigBinder.bind(DEFAULTS, set.over(file));
    assertEquals(new Inner(11, 2e-4, List.of(4), Color.DARK_BLUE), bound.model());
    assertEquals(Optional.of("x=y"), bound.clipX0());
    assertEquals(7, bound.seed());
  }

  @Test
  void listsOnTheCommandLine() {
    ConfigLayer set = ConfigLayer.assignments("--set", List.of("model.widths=[1, 2,3]"));
    assertEquals(List.of(1, 2, 3), ConfigBinder.bind(DEFAULTS, set).model().widths());
    ConfigLayer one = ConfigLayer.assignments("--set", List.of("model.widths=3"));
    assertEquals(List.of(3), ConfigBinder.bind(DEFAULTS, one).model().widths());
  }

  @Test
  void allProblemsAreReportedTogether() {
    ConfigLayer layer =
        ConfigLayer.text(
            "preset.conf",
            "model { beta-step = 9, rate = fast, color = blue }\nsed = 3\nflip = perhaps\n"
                + "seed = 1.5");
    String message =
        assertThrows(UserException.class, () -> ConfigBinder.bind(DEFAULTS, layer)).getMessage();
    assertTrue(message.startsWith("configuration: 6 problems: "), message);
    assertTrue(
        message.contains(
            "unknown key model.beta-step (preset.conf: 1); did you mean model.beta-steps?"),
        message);
    assertTrue(message.contains("unknown key sed (preset.conf: 2); did you mean seed?"), message);
    assertTrue(message.contains("model.rate must be a number, got 'fast'"), message);
    assertTrue(message.contains("model.color must be one of red, dark-blue, got 'blue'"), message);
    assertTrue(message.contains("flip must be true or false, got 'perhaps'"), message);
    assertTrue(message.contains("seed must be a whole number, got '1.5'"), message);
    assertTrue(message.lines().count() == 1, message);
  }

  @Test
  void whatTheRecordRefusesIsNamedWithItsSection() {
    ConfigLayer layer = ConfigLayer.text("test", "model.beta-steps = 0");
    assertEquals(
        "configuration: model: beta-steps must be at least 1, got 0",
        assertThrows(UserException.class, () -> ConfigBinder.bind(DEFAULTS, layer)).getMessage());
  }

  @Test
  void aKeyWithoutItsSectionIsFound() {
    ConfigLayer layer = ConfigLayer.assignments("--set", List.of("beta-steps=3"));
    String message =
        assertThrows(UserException.class, () -> ConfigBinder.bind(DEFAULTS, layer)).getMessage();
    assertTrue(message.contains("did you mean model.beta-steps?"), message);
  }

  @Test
  void flattenedValuesBindBackToTheSameRecord() {
    Outer odd =
        new Outer(
            new Inner(3, 1.0 / 3, List.of(), Color.DARK_BLUE),
            Long.MIN_VALUE,
            false,
            "a \"quoted\", [list]: # no comment",
            Optional.of("é"));
    ConfigLayer values = ConfigLayer.values("saved", ConfigText.flatten(odd));
    assertEquals(odd, ConfigBinder.bind(DEFAULTS, values));
    ConfigLayer rendered = ConfigLayer.text("rendered", ConfigText.render(odd));
    assertEquals(odd, ConfigBinder.bind(DEFAULTS, rendered));
  }

  @Test
  void propertiesFilesAreReadAsUtf8(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("preset.properties");
    Files.writeString(file, "name=größe\nmodel.beta-steps=4\n", StandardCharsets.UTF_8);
    Outer bound = ConfigBinder.bind(DEFAULTS, ConfigLayer.file(file));
    assertEquals("größe", bound.name());
    assertEquals(4, bound.model().betaSteps());
  }

  @Test
  void aMissingOrBrokenFileIsNamed(@TempDir Path dir) throws IOException {
    Path missing = dir.resolve("none.conf");
    assertEquals(
        "no such configuration file: " + missing,
        assertThrows(UserException.class, () -> ConfigLayer.file(missing)).getMessage());
    Path broken = dir.resolve("broken.conf");
    Files.writeString(broken, "a {\nb = [1,\n", StandardCharsets.UTF_8);
    String message = assertThrows(UserException.class, () -> ConfigLayer.file(broken)).getMessage();
    assertTrue(message.startsWith("cannot read the configuration " + broken), message);
  }

  @Test
  void anAssignmentWithoutAKeyIsRefused() {
    assertEquals(
        "--set takes key=value, got 'x'",
        assertThrows(UserException.class, () -> ConfigLayer.assignments("--set", List.of("x")))
            .getMessage());
  }
}
