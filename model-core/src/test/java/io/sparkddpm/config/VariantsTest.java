package io.sparkddpm.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Sections with a {@code type}, former names, ranges, and keys that artefacts do not mention. */
class VariantsTest {
  @OneOf({Walk.class, Jump.class, Rest.class})
  interface Move {}

  @Variant(value = "walk", description = "step by step", aliases = "crawl")
  record Walk(
      @Key(value = "steps in all", range = "[1, 100]", absent = "7") int steps,
      @Key(value = "noise", range = "[0, inf)", aliases = "../noise-scale", absent = "1.0")
          double noise)
      implements Move {
    static final Walk DEFAULTS = new Walk(7, 1);
  }

  @Variant(value = "jump", description = "at once")
  record Jump(
      @Key(value = "steps in all", range = "[1, 100]") int steps,
      @Key(value = "share of noise", range = "[0, 1]", aliases = "../eta") double eta)
      implements Move {
    static final Jump DEFAULTS = new Jump(3, 0);
  }

  @Variant(value = "rest", description = "not at all")
  record Rest() implements Move {}

  record Trip(
      @Key(value = "how to move", aliases = "mover", absent = "walk") Move move,
      @Key(value = "length", range = "(0, 10]", aliases = "../size") List<Double> lengths,
      @Key(value = "added later", absent = "3") int groups) {}

  record Plan(
      @Key("the trip") Trip trip, @Key(value = "what is kept", aliases = "upkeep") Kept kept) {}

  record Kept(
      @Key("how many") int count, @Key(value = "for how long", aliases = "days") int time) {}

  private static final Plan DEFAULTS =
      new Plan(new Trip(Walk.DEFAULTS, List.of(1.0), 8), new Kept(1, 2));

  private static Move move(String text) {
    return bind(text).trip().move();
  }

  private static Plan bind(String text) {
    return ConfigBinder.bind(DEFAULTS, ConfigLayer.text("test", text));
  }

  private static String refused(ConfigLayer layer) {
    return assertThrows(UserException.class, () -> ConfigBinder.bind(DEFAULTS, layer)).getMessage();
  }

  private static String refused(String text) {
    return refused(ConfigLayer.text("test", text));
  }

  private static ConfigLayer set(String... assignments) {
    return ConfigLayer.assignments("--set", List.of(assignments));
  }

  @Test
  void theTypeChoosesTheKeys() {
    assertEquals(new Walk(7, 2), move("trip.move.noise = 2"));
    assertEquals(new Jump(3, 0.5), move("trip.move { type = jump, eta = 0.5 }"));
    assertEquals(new Jump(3, 0), move("trip.move = jump"));
    assertEquals(new Rest(), move("trip.move.type = rest"));
    assertEquals(
        "configuration: trip.move.eta (test: 1) is a key of type jump, but trip.move.type is walk",
        refused("trip.move.eta = 1"));
    assertEquals(
        "configuration: trip.move.type must be one of walk, jump, rest, got 'fly' (test: 1)",
        refused("trip.move { type = fly, wings = 2 }"));
    assertEquals(
        "configuration: unknown key trip.move.etta (test: 1); did you mean trip.move.eta?",
        refused("trip.move { type = jump, etta = 1 }"));
  }

  @Test
  void anotherTypeLeavesTheWeakerLayersKeysBehind() {
    ConfigLayer file = ConfigLayer.text("file", "trip.move { type = walk, noise = 2, steps = 9 }");
    assertEquals(
        new Jump(9, 0.25),
        ConfigBinder.bind(DEFAULTS, set("trip.move=jump", "trip.move.eta=0.25").over(file))
            .trip()
            .move());
    assertEquals(
        new Walk(9, 2),
        ConfigBinder.bind(DEFAULTS, set("trip.move=walk").over(file)).trip().move());
    assertTrue(
        refused(set("trip.move.eta=1", "trip.move=walk").over(file))
            .contains("trip.move.eta (--set trip.move.eta) is a key of type jump"));
  }

  @Test
  void formerNamesAreAccepted() {
    ConfigLayer old =
        ConfigLayer.text(
            "old.conf",
            "trip.mover = crawl\n"
                + "trip.noise-scale = 0.5\n"
                + "size = [2, 3]\n"
                + "upkeep { count = 4, days = 5 }");
    ConfigBinder.Bound<Plan> bound = ConfigBinder.resolve(DEFAULTS, old);
    assertEquals(
        new Plan(new Trip(new Walk(7, 0.5), List.of(2.0, 3.0), 8), new Kept(4, 5)), bound.value());
    assertEquals(
        List.of(
            "trip.mover (old.conf: 1) is called trip.move.type now",
            "trip.move.type = crawl (old.conf: 1) is called walk now",
            "trip.noise-scale (old.conf: 2) is called trip.move.noise now",
            "size (old.conf: 3) is called trip.lengths now",
            "upkeep.count (old.conf: 4) is called kept.count now",
            "upkeep.days (old.conf: 4) is called kept.time now"),
        bound.notices());
    assertEquals(
        "--set",
        ConfigBinder.resolve(DEFAULTS, set("size=2").over(old))
            .sources()
            .get("trip.lengths")
            .layer());
    assertEquals(
        "configuration: kept.time and kept.days are one key (test: 1): set kept.time alone",
        refused("kept { days = 1, time = 2 }"));
  }

  @Test
  void aFormerNameOfAnotherTypesKeyIsPassedOver() {
    ConfigBinder.Bound<Plan> bound =
        ConfigBinder.resolve(
            DEFAULTS, ConfigLayer.text("old.conf", "trip { mover = walk, eta = 0.5 }"));
    assertEquals(Walk.DEFAULTS, bound.value().trip().move());
    assertEquals(
        "trip.eta (old.conf: 1) is passed over: it is trip.move.eta of type jump now, and another"
            + " type is chosen",
        bound.notices().get(1));
  }

  @Test
  void rangesAreCheckedTogether() {
    assertEquals(
        "configuration: 3 problems: trip.move.steps must be a whole number, got 'x' (test: 1);"
            + " trip.move.eta must be from 0 to 1, got '2' (test: 1); trip.lengths must be from 0"
            + " to 10, without 0, got '[1, 0]' (test: 1)",
        refused("trip { move { type = jump, steps = x, eta = 2 }, lengths = [1, 0] }"));
    assertTrue(refused("trip.move.noise = -1").contains("trip.move.noise must be at least 0"));
  }

  @Test
  void whatFlattensBindsBack() {
    Plan plan = new Plan(new Trip(new Jump(4, 1), List.of(), 3), new Kept(0, 0));
    assertEquals("jump", ConfigText.flatten(plan).get("trip.move.type"));
    for (Map<String, String> map : List.of(ConfigText.flatten(plan), ConfigText.recorded(plan))) {
      assertEquals(plan, ConfigBinder.bind(DEFAULTS, ConfigLayer.values("m", map)));
    }
  }

  /** Keys that came later are not mentioned where they change nothing, and read back as that. */
  @Test
  void artefactsDoNotMentionWhatIsAsBefore() {
    Map<String, String> old = new TreeMap<>(Map.of("trip.lengths", "[1.0]", "kept.count", "1"));
    old.put("kept.time", "2");
    Plan before = new Plan(new Trip(Walk.DEFAULTS, List.of(1.0), 3), new Kept(1, 2));
    assertEquals(before, ConfigBinder.bind(DEFAULTS, ConfigLayer.values("old", old)));
    assertEquals(old, ConfigText.recorded(before));
    assertEquals(8, bind("").trip().groups(), "new ones have the new default");
    Plan now = new Plan(new Trip(new Walk(7, 2), List.of(1.0), 8), new Kept(1, 2));
    assertEquals("8", ConfigText.recorded(now).get("trip.groups"));
    assertEquals("2.0", ConfigText.recorded(now).get("trip.move.noise"));
    assertNull(ConfigText.recorded(now).get("trip.move.type"));
  }

  /** An old manifest has all flat keys, those that its type had no use for as well. */
  @Test
  void artefactsMayHoldKeysOfOtherTypes() {
    Map<String, String> old =
        Map.of("trip.mover", "walk", "trip.eta", "0.0", "trip.move.eta", "1", "trip.groups", "2");
    assertEquals(
        new Trip(Walk.DEFAULTS, List.of(1.0), 2),
        ConfigBinder.bind(DEFAULTS, ConfigLayer.values("manifest", old)).trip());
  }

  @Test
  void theSchemaListsAllKeys() {
    ConfigSchema schema = ConfigSchema.of(DEFAULTS);
    assertTrue(schema.keys().containsAll(List.of("trip.move.eta", "trip.move.noise")));
    ConfigSchema.Entry eta = schema.find("trip.move.eta").get(0);
    assertEquals(Optional.of("a number, from 0 to 1"), eta.kind());
    assertEquals(Optional.of("0.0"), eta.defaultValue());
    assertEquals(Optional.of(new ConfigSchema.Owner("trip.move", "jump")), eta.of());
    assertEquals(List.of("trip.eta"), eta.aliases());
    assertEquals("trip.move.eta", schema.canonical("trip.eta"));
  }
}
