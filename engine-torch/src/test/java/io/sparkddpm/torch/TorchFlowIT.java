package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the launcher with the engine that the configuration names. */
class TorchFlowIT {
  private static final Path ROOT = Path.of(System.getProperty("ddpm.root"));
  private static final int RECORD = 1 + 3 * 32 * 32;

  @TempDir private Path dir;

  private record Outcome(int code, String output) {}

  private Outcome ddpm(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("scripts/ddpm").toString()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().remove("DDPM_JAR");
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  private void succeeds(String... arguments) throws IOException, InterruptedException {
    Outcome outcome = ddpm(arguments);
    assertEquals(0, outcome.code, Arrays.toString(arguments) + "\n" + outcome.output);
  }

  private void train(String steps, String... more) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--config", "net.conf", "--dataset", "images"));
    arguments.addAll(List.of("--run", "run", "--set", "training.steps=" + steps));
    arguments.addAll(Arrays.asList(more));
    succeeds(arguments.toArray(String[]::new));
  }

  @Test
  void aRunGoesFromOneEngineToTheOtherAndIsSampledFrom() throws Exception {
    writeImages();
    Files.writeString(
        dir.resolve("net.conf"),
        String.join(
            "\n",
            "engine = torch",
            "model { channels = 32, multipliers = [1], blocks = 1, attention = [], dropout = 0.1 }",
            "training { batch-size = 4, workers = 2, averaging.type = gradients, ema.rates = [0.9]"
                + " }",
            "training { sample-every = 0, checkpoint-every = 2, keep-checkpoints = 9 }",
            "sample { sampler = ddim, steps = 2, weights = raw }"));
    succeeds("shard", "--format", "cifar10", "--input", "batch.bin", "--output", "images");
    train("2");
    train("4", "--set", "engine=nd4j", "--set", "maintenance.mixed-hardware=warn");
    train("6", "--set", "engine.precision=bfloat16", "--set", "maintenance.mixed-hardware=warn");
    assertEquals("torch-float32-cpu", engineOf(2));
    assertEquals("dl4j", engineOf(4));
    assertEquals("torch-bfloat16-cpu", engineOf(6));
    succeeds(
        "sample", "--config", "net.conf", "--run", "run", "--count", "2", "--output", "samples");
    assertTrue(Files.readString(dir.resolve("samples/_manifest.json")).contains("torch-float32"));
  }

  private void writeImages() throws IOException {
    byte[] images = new byte[16 * RECORD];
    RandomStream stream = RandomStream.of(1, Purpose.SHAPES);
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) (i % RECORD == 0 ? 0 : stream.nextInt(256));
    }
    Files.write(dir.resolve("batch.bin"), images);
  }

  @Test
  void featuresAreTakenByTheEngineThatIsNamed() throws Exception {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    Path network = Path.of(data, "inception", "classify_image_graph_def.partial.pb");
    assumeTrue(Files.exists(network), network + " does not exist");
    writeImages();
    Files.writeString(
        dir.resolve("fid.conf"), "fid { layer = \"64\", force = true, unknown-network = true }");
    String inception = network.toString();
    String[] common = {"--config", "fid.conf", "--inception", inception};
    succeeds("shard", "--format", "cifar10", "--input", "batch.bin", "--output", "images");
    succeeds(with(common, "reference-stats", "--input", "images", "--output", "stats"));
    succeeds(
        with(
            common,
            "fid",
            "--samples",
            "images",
            "--reference",
            "stats",
            "--output",
            "fid.json",
            "--set",
            "engine=torch"));
    String result = Files.readString(dir.resolve("fid.json"));
    assertTrue(result.contains("\"engine\" : \"torch-float32-cpu\""), result);
    assertTrue(
        result.contains("features of the samples by torch-float32-cpu, of the reference by dl4j"),
        result);
    Matcher distance = Pattern.compile("\"distance\" : ([-+.0-9eE]+)").matcher(result);
    Matcher trace = Pattern.compile("\"trace-samples\" : ([-+.0-9eE]+)").matcher(result);
    assertTrue(distance.find() && trace.find(), result);
    // Images against themselves: what the engines differ by, beside the spread of the images.
    double apart = Double.parseDouble(distance.group(1));
    assertEquals(0, apart, 1e-6 * Double.parseDouble(trace.group(1)));
  }

  private static String[] with(String[] common, String... arguments) {
    return Stream.concat(Arrays.stream(arguments), Arrays.stream(common)).toArray(String[]::new);
  }

  private String engineOf(int step) throws IOException {
    String manifest =
        Files.readString(
            dir.resolve(
                String.format(Locale.ROOT, "run/checkpoints/step-%08d/_manifest.json", step)));
    int start = manifest.indexOf("\"engine\"");
    assertTrue(start >= 0, manifest);
    return manifest.substring(start).split("\"", 5)[3];
  }

  @Test
  void tf32OnAProcessorIsRefusedInOneLine() throws Exception {
    Outcome outcome =
        ddpm(
            "train",
            "--dataset",
            "none",
            "--run",
            "run",
            "--set",
            "engine=torch",
            "--set",
            "engine.precision=tf32");
    assertEquals(2, outcome.code, outcome.output);
    assertTrue(outcome.output.contains("tf32 is a format of NVIDIA's cards"), outcome.output);
  }
}
