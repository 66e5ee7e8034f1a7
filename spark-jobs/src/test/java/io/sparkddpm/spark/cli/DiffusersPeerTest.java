package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run and the diffusers that {@code python3} imports: an exported folder gives the same outputs
 * and images there, and what diffusers saves of it becomes the same run again.
 */
@EnabledIfEnvironmentVariable(
    named = "DDPM_TEST_DIFFUSERS_RUN",
    matches = ".+",
    disabledReason = "needs DDPM_TEST_DIFFUSERS_RUN, a trained run, and a python3 with diffusers")
class DiffusersPeerTest {
  private static final Configuration CONF = new Configuration();
  private static final int COUNT = 4;
  private static final int STEPS = 20;

  /** A few times the error of diffusers in float32, 3.6e-6 and 7.3e-6, on outputs of about 1. */
  private static final double OUTPUT = 2e-5;

  private static final double IMAGE = 5e-5;

  @TempDir private Path temp;

  /** What both programs are given. */
  private record Given(Batch x, double[] timesteps, Batch noise, Condition condition) {
    static Given of(UNetConfig network, int timesteps) {
      int classes = network.classes();
      int[] labels = IntStream.range(0, COUNT).map(i -> i * 3 % Math.max(1, classes)).toArray();
      double[] t = IntStream.range(0, COUNT).mapToDouble(i -> i * (timesteps - 1) / 3).toArray();
      return new Given(
          gaussian(network.inputShape(), 0),
          t,
          gaussian(network.inputShape(), 1),
          classes == 0 ? Condition.none(COUNT) : Condition.labels(labels));
    }

    private static Batch gaussian(Shape shape, long id) {
      Batch batch = new Batch(COUNT, shape);
      RandomStream.of(1, Purpose.SAMPLE, id).fillGaussian(batch.data(), 0, batch.data().length);
      return batch;
    }

    void write(Path file, boolean labelled) throws IOException {
      int[] shape = {COUNT, x.channels(), x.height(), x.width()};
      try (NpzWriter npz = new NpzWriter(Files.newOutputStream(file))) {
        npz.add("x", NpyArray.of(x.data(), shape));
        npz.add("t", NpyArray.of(timesteps, COUNT));
        npz.add("noise", NpyArray.of(noise.data(), shape));
        if (labelled) {
          double[] labels = IntStream.range(0, COUNT).mapToDouble(condition::label).toArray();
          npz.add("labels", NpyArray.of(labels, COUNT));
        }
      }
    }
  }

  /** The network's outputs and the images that DDIM draws. */
  private record Computed(float[] outputs, float[] images) {
    static Computed here(Checkpoint run, Given given) {
      Nd4jEngine engine = new Nd4jEngine();
      int threads = Runtime.getRuntime().availableProcessors();
      try (TrainableNetwork network =
          engine.create(run.modelConfig(), run.settings().optimizer(), threads)) {
        network.loadParameters(run.weights(Checkpoint.RAW, engine.layout(run.modelConfig())));
        Batch outputs = new Batch(COUNT, run.modelConfig().outputShape());
        network.forward(given.x(), given.timesteps(), given.condition(), outputs);
        DiscreteProcess process = new DiscreteProcess(NoiseSchedule.of(run.schedule()));
        Batch noise = given.noise();
        Batch images =
            new DdimSolver(0, DdimSolver.Epsilon.PREDICTED)
                .sample(
                    run.diffusion().denoiser(network, process),
                    Spacing.LEADING.grid(STEPS, process),
                    (item, to, offset, length) ->
                        System.arraycopy(noise.data(), noise.offset(item), to, offset, length),
                    given.condition(),
                    noise.shape(),
                    StepListener.NONE);
        return new Computed(outputs.data(), images.data());
      }
    }

    static Computed there(Path npz) throws IOException {
      try (InputStream in = Files.newInputStream(npz)) {
        SortedMap<String, NpyArray> arrays = Npz.read(in, npz.toString());
        return new Computed(arrays.get("outputs").toFloats(), arrays.get("images").toFloats());
      }
    }
  }

  private static double largestDifference(float[] ours, float[] theirs) {
    assertEquals(ours.length, theirs.length);
    return IntStream.range(0, ours.length)
        .mapToDouble(i -> Math.abs((double) ours[i] - theirs[i]))
        .max()
        .orElseThrow();
  }

  private static void run(String... command) {
    Said said = Said.run(List.of(command));
    assertEquals(Cli.OK, said.code(), said.text());
  }

  /** Runs the Python program of this test; gives what it prints last. */
  private String python(Path... arguments) throws IOException, InterruptedException {
    Path program = temp.resolve("diffusers_peer.py");
    try (InputStream in = DiffusersPeerTest.class.getResourceAsStream("diffusers_peer.py")) {
      Files.write(program, in.readAllBytes());
    }
    ProcessBuilder builder = new ProcessBuilder("python3", program.toString());
    for (Path argument : arguments) {
      builder.command().add(argument.toString());
    }
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text.strip().lines().reduce((first, last) -> last).orElseThrow();
  }

  @Test
  void bothGiveTheSame(TestReporter reporter) throws IOException, InterruptedException {
    String run = System.getenv("DDPM_TEST_DIFFUSERS_RUN");
    Checkpoint checkpoint = Checkpoints.resolve(CONF, Path.of(run).toUri());
    UNetConfig network = (UNetConfig) checkpoint.modelConfig();
    Path folder = temp.resolve("exported");
    run("export", "--run=" + run, "--format=diffusers", "--output=" + folder);

    Given given = Given.of(network, checkpoint.schedule().steps());
    given.write(temp.resolve("given.npz"), network.classes() > 0);
    Path computed = temp.resolve("computed.npz");
    Path saved = temp.resolve("saved");
    String versions = python(folder, temp.resolve("given.npz"), computed, saved);

    Computed ours = Computed.here(checkpoint, given);
    Computed theirs = Computed.there(computed);
    double outputs = largestDifference(ours.outputs(), theirs.outputs());
    double images = largestDifference(ours.images(), theirs.images());
    reporter.publishEntry(
        Map.of(
            "versions", versions,
            "largest difference of outputs", String.valueOf(outputs),
            "largest difference of images", String.valueOf(images)));
    assertEquals(0, outputs, OUTPUT);
    assertEquals(0, images, IMAGE);

    Path back = temp.resolve("back");
    run("import", "--weights=" + saved, "--run=" + back, "--spark-conf=spark.master=local[1]");
    Checkpoint again = Checkpoints.resolve(CONF, back.toUri());
    assertArrayEquals(checkpoint.weights(Checkpoint.RAW), again.weights(Checkpoint.RAW));
    assertEquals(checkpoint.diffusion(), again.diffusion());
    assertEquals(checkpoint.schedule(), again.schedule());
    assertArrayEquals(ours.images(), Computed.here(again, given).images());
  }
}
