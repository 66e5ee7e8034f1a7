package io.sparkddpm.spark.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.SoftwareVersion;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import org.junit.jupiter.api.Test;

/** The Python package has the stages of this one: every param with its text, every setter. */
class PythonStagesTest {
  private static final Path PYTHON = Path.of(System.getProperty("ddpm.root", ".."), "python");
  private static final Pattern CLASS = Pattern.compile("(?m)^class (\\w+)\\(\\s*([^)]*?)\\s*\\):$");
  private static final Pattern PARAM =
      Pattern.compile(
          "(?m)^    (\\w+): \"Param\\[[^=]*\\]\" = Param\\(\\s*Params\\._dummy\\(\\),\\s*"
              + "\"(\\w+)\",\\s*((?:\"[^\"]*\"\\s*)+),\\s*typeConverter=TypeConverters\\.(\\w+),");
  private static final Pattern SETTER = Pattern.compile("(?m)^    def (set\\w+|add\\w+)\\(");

  /** A class of the Python file, with what it inherits from others there. */
  private record PythonClass(Map<String, String> params, SortedSet<String> setters) {}

  private static Map<String, PythonClass> classes() throws IOException {
    String text = Files.readString(PYTHON.resolve("sparkddpm/stages.py"));
    Map<String, PythonClass> classes = new TreeMap<>();
    List<Matcher> found = CLASS.matcher(text).results().map(r -> at(text, r.start())).toList();
    for (int i = 0; i < found.size(); i++) {
      int end = i + 1 < found.size() ? found.get(i + 1).start() : text.length();
      String body = text.substring(found.get(i).end(), end);
      PythonClass made = new PythonClass(new TreeMap<>(), new TreeSet<>());
      for (String base : found.get(i).group(2).split("[,\\s]+")) {
        if (classes.containsKey(base)) {
          made.params().putAll(classes.get(base).params());
          made.setters().addAll(classes.get(base).setters());
        }
      }
      Matcher param = PARAM.matcher(body);
      while (param.find()) {
        assertEquals(param.group(1), param.group(2));
        String doc = param.group(3).strip().replaceAll("\"\\s*\"", "").replace("\"", "");
        made.params().put(param.group(1), param.group(4) + ": " + doc);
      }
      SETTER.matcher(body).results().forEach(r -> made.setters().add(r.group(1)));
      classes.put(found.get(i).group(1), made);
    }
    return classes;
  }

  private static Matcher at(String text, int start) {
    Matcher matcher = CLASS.matcher(text);
    assertTrue(matcher.find(start));
    return matcher;
  }

  private static Map<String, String> params(Params stage) {
    Map<String, String> params = new TreeMap<>();
    for (Param<?> param : stage.params()) {
      String type =
          param instanceof IntParam
              ? "toInt"
              : param instanceof StringArrayParam ? "toListString" : "toString";
      params.put(param.name(), type + ": " + param.doc());
    }
    return params;
  }

  private static SortedSet<String> setters(Params stage) {
    SortedSet<String> setters = new TreeSet<>();
    Arrays.stream(stage.getClass().getDeclaredMethods())
        .filter(m -> m.getReturnType() == stage.getClass())
        .map(Method::getName)
        .filter(name -> name.startsWith("set") || name.startsWith("add"))
        .forEach(setters::add);
    return setters;
  }

  @Test
  void everyStageHasItsParamsAndSettersInPython() throws IOException {
    Map<String, PythonClass> python = classes();
    for (Params stage :
        List.of(
            new DdpmEstimator(),
            new DdpmModel("model"),
            new ImageFeatures(),
            new FrechetDistanceEvaluator())) {
      String name = stage.getClass().getSimpleName();
      assertEquals(params(stage), python.get(name).params(), name);
      assertEquals(setters(stage), python.get(name).setters(), name);
    }
  }

  @Test
  void itHasTheVersionOfTheJar() throws IOException {
    String project = Files.readString(PYTHON.resolve("pyproject.toml"));
    assertTrue(
        project.contains("\nversion = \"" + SoftwareVersion.CURRENT + "\"\n"),
        SoftwareVersion.CURRENT);
  }
}
