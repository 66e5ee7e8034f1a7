package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.ClassifierConfig;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** One network, two implementations: the default engine is the reference. */
class EnginesAgreeTest {
  /**
   * Relative L2 error of either engine against float64 stays below 1e-4 for every tensor (the
   * golden test), so that of one against the other stays below twice that.
   */
  private static final double TOLERANCE = 2e-4;

  /** Half a unit in the last place of float32, beside the value. */
  private static final double UNIT = 0x1p-24;

  private static final EngineFactory DL4J = new Nd4jEngine();

  /** On a graphics card with {@code -Dddpm.torch.device=CUDA}, where there is one. */
  private static final TorchConfig.Device DEVICE =
      TorchConfig.Device.valueOf(System.getProperty("ddpm.torch.device", "CPU"));

  private static final EngineFactory TORCH =
      new TorchEngine(new TorchConfig(Precision.FLOAT32, DEVICE, true), 0);
  private static final OptimizerConfig OPTIMIZER =
      new OptimizerConfig(new LearningRate.Constant(1e-3, 2), 0.9, 0.999, 1e-8, 1.0);
  private static final UNetConfig SMALL =
      new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0.1);

  private static final ClassifierConfig CLASSIFIER =
      new ClassifierConfig(16, 3, 5, 32, List.of(1, 2), 2, List.of(8), 0.3, 8, 16);

  private static TrainableNetwork model(EngineFactory engine, NetworkConfig network, int threads) {
    return engine.create(network, OPTIMIZER, threads);
  }

  /** A shape that differs in every respect, small enough to be computed in a moment. */
  private static UNetConfig network(RandomStream stream) {
    int levels = 1 + stream.nextInt(3);
    List<Integer> multipliers = stream.nextInt(2) == 0 ? List.of(1, 2, 2) : List.of(2, 1, 3);
    int size = 8 << stream.nextInt(2);
    int channels = 32 * (1 + stream.nextInt(2));
    return new UNetConfig(
        size,
        1 + stream.nextInt(3),
        1 + stream.nextInt(3),
        channels,
        multipliers.subList(0, levels),
        1 + stream.nextInt(2),
        stream.nextInt(2) == 0 ? List.of(8) : List.of(4, 16),
        stream.nextInt(2) == 0 ? 0 : 0.3);
  }

  @RepeatedTest(8)
  void predictionsLossesAndAllGradients(RepetitionInfo repetition) {
    int seed = repetition.getCurrentRepetition();
    RandomStream stream = RandomStream.of(seed, Purpose.DATA_ORDER, 5);
    UNetConfig network = network(stream);
    int images = 1 + stream.nextInt(4);
    int threads = 1 + stream.nextInt(2);
    assertGradientsAgree(network, images, threads, seed);
  }

  @Test
  void thoseOfAClassifier() {
    assertGradientsAgree(CLASSIFIER, 3, 2, 1);
  }

  private static void assertGradientsAgree(
      NetworkConfig network, int images, int threads, int seed) {
    TrainingBatch batch = Batches.of(network, images, seed);
    String shape = "seed " + seed + ", " + network + ": ";
    try (TrainableNetwork dl4j = model(DL4J, network, threads);
        TrainableNetwork torch = model(TORCH, network, threads)) {
      assertEquals(dl4j.layout(), torch.layout());
      float[] parameters = Batches.parameters(Batches.length(dl4j), seed);
      float[][] gradients = new float[2][parameters.length];
      StepResult[] results = new StepResult[2];
      Batch[] predictions = new Batch[2];
      TrainableNetwork[] models = {dl4j, torch};
      for (int i = 0; i < 2; i++) {
        models[i].load(TrainingState.initial(parameters.clone()));
        results[i] = Batches.training(models[i], network, OPTIMIZER).gradient(batch, gradients[i]);
        predictions[i] = new Batch(images, network.outputShape());
        models[i].forward(
            batch.xt(), batch.input().levels(), Condition.none(batch.xt().count()), predictions[i]);
      }
      int pixels = predictions[0].data().length;
      assertClose(shape + "prediction", predictions[0].data(), predictions[1].data(), 0, pixels);
      assertEquals(results[0].loss(), results[1].loss(), TOLERANCE * results[0].loss(), shape);
      float[] losses = Batches.losses(results[0]);
      assertClose(shape + "losses", losses, Batches.losses(results[1]), 0, images);
      double norm = results[0].gradientNorm();
      assertEquals(norm, results[1].gradientNorm(), TOLERANCE * norm, shape);
      for (NamedTensor tensor : dl4j.layout()) {
        int from = (int) tensor.offset();
        int to = from + (int) tensor.length();
        double size = Batches.norm(gradients[0], from, to);
        double distance = Batches.distance(gradients[0], gradients[1], from, to);
        // Gradients that are 0 but for rounding: keys' biases, which softmax does not see, and what
        // a GroupNorm of one channel a group takes away. Their rounding is that of the whole.
        double allowed = TOLERANCE * size + 1e-6 * norm;
        assertTrue(distance <= allowed, shape + tensor.name() + ": " + distance + " of " + size);
      }
    }
  }

  @RepeatedTest(4)
  void gradientsByTheInputWithinPartOfABatch(RepetitionInfo repetition) {
    int seed = repetition.getCurrentRepetition();
    UNetConfig network = network(RandomStream.of(seed, Purpose.DATA_ORDER, 6));
    assertGradientsByTheInputAgree(network, seed);
  }

  @Test
  void gradientsByTheInputOfAClassifier() {
    assertGradientsByTheInputAgree(CLASSIFIER, 1);
  }

  private static void assertGradientsByTheInputAgree(NetworkConfig network, int seed) {
    TrainingBatch batch = Batches.of(network, 4, seed);
    Batch direction = Batches.noise(network.outputShape(), 4, seed, 8);
    EngineFactory[] engines = {DL4J, TORCH};
    Batch[] outputs = new Batch[2];
    Batch[] gradients = new Batch[2];
    for (int i = 0; i < 2; i++) {
      try (TrainableNetwork model = model(engines[i], network, 2)) {
        model.load(TrainingState.initial(Batches.parameters(Batches.length(model), seed)));
        outputs[i] = direction.like();
        gradients[i] = batch.xt().like();
        model.forward(batch.input(), 1, 4, true, outputs[i]);
        model.backward(direction, false, gradients[i]);
      }
    }
    String shape = "seed " + seed + ", " + network + ": ";
    int pixels = outputs[0].data().length;
    assertClose(shape + "output", outputs[0].data(), outputs[1].data(), 0, pixels);
    assertClose(
        shape + "gradient",
        gradients[0].data(),
        gradients[1].data(),
        0,
        gradients[0].data().length);
    for (Batch gradient : gradients) {
      assertEquals(0, Batches.norm(gradient.data(), 0, gradient.offset(1)));
      assertTrue(Batches.norm(gradient.data(), gradient.offset(1), gradient.offset(2)) > 0);
    }
  }

  private static void assertClose(String name, float[] a, float[] b, int from, int to) {
    double size = Batches.norm(a, from, to);
    double distance = Batches.distance(a, b, from, to);
    assertTrue(distance <= TOLERANCE * size, name + ": error " + distance + " of " + size);
  }

  /**
   * Adam divides each gradient by its own size, so that parameters whose gradients are nothing but
   * rounding move by whole steps either way: there is no bound for parameters by themselves. What
   * they are apart, though, is the sum of what the steps taken by the moments at each step are
   * apart, but for the rounding of the arithmetic, and that is asked for of every parameter.
   */
  @Test
  void stepsOfAdamAgreeAndEitherResumesWhereTheOtherEnded() {
    List<TrainingState> reference = sixSteps(DL4J, DL4J);
    int length = reference.get(0).parameters().length;
    for (List<TrainingState> other : List.of(sixSteps(TORCH, TORCH), sixSteps(DL4J, TORCH))) {
      double[] explained = new double[length];
      for (int t = 0; t < 6; t++) {
        TrainingState a = reference.get(t);
        TrainingState b = other.get(t);
        assertEquals(t + 1, b.step());
        for (int j = 0; j < length; j++) {
          double own = adamStep(a, j);
          double others = adamStep(b, j);
          explained[j] += Math.abs(own - others) + rounding(a, j, own) + rounding(b, j, others);
          double apart = Math.abs((double) a.parameters()[j] - b.parameters()[j]);
          assertTrue(
              apart <= explained[j],
              "parameter " + j + " after " + (t + 1) + ": " + apart + " > " + explained[j]);
        }
      }
      TrainingState end = reference.get(5);
      assertClose("first moment", end.firstMoment(), other.get(5).firstMoment(), 0, length);
      assertClose("second moment", end.secondMoment(), other.get(5).secondMoment(), 0, length);
    }
  }

  /** The states after each of six steps, three by either engine. */
  private static List<TrainingState> sixSteps(EngineFactory first, EngineFactory second) {
    List<TrainingState> states = new ArrayList<>();
    TrainingState state = TrainingState.initial(DL4J.initialParameters(SMALL, 5));
    for (EngineFactory engine : List.of(first, second)) {
      try (TrainableNetwork model = model(engine, SMALL, 1)) {
        model.load(state);
        for (int i = 0; i < 3; i++) {
          Batches.training(model, SMALL, OPTIMIZER).take(Batches.of(SMALL, 3, states.size()));
          state = Batches.stateOf(model);
          states.add(state);
        }
      }
    }
    return states;
  }

  /** α_t·m/(√v + ε) of the last step, in double, from the moments after it. */
  private static double adamStep(TrainingState after, int j) {
    double root = Math.sqrt(after.secondMoment()[j]) + OPTIMIZER.epsilon();
    return Adam.rate(OPTIMIZER, after.step() - 1, 0) * after.firstMoment()[j] / root;
  }

  /** Of float32: the rate, root, sum, quotient and product of the step, then its subtraction. */
  private static double rounding(TrainingState after, int j, double step) {
    return UNIT * (5 * Math.abs(step) + Math.abs(after.parameters()[j]));
  }

  @Test
  void samplesOfFiftyStepsOfDdimAgreeToAThousandthOfAPixel() {
    float[] parameters = DL4J.initialParameters(SMALL, 5);
    Batch[] samples = new Batch[2];
    EngineFactory[] engines = {DL4J, TORCH};
    TrainingState state = TrainingState.initial(parameters);
    try (TrainableNetwork model = model(DL4J, SMALL, 1)) { // a checkpoint that was trained a little
      model.load(state);
      for (int i = 0; i < 20; i++) {
        Batches.training(model, SMALL, OPTIMIZER).take(Batches.of(SMALL, 4, i));
      }
      model.store(state);
    }
    SampleConfig config =
        new SampleConfig(
            new DdimSolver(0),
            50,
            SampleConfig.DEFAULTS.spacing(),
            7,
            8,
            SampleConfig.DEFAULTS.weights());
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(ScheduleConfig.DEFAULTS));
    SeededBatches batches =
        new SeededBatches(config.solver(), config.grid(process), 7, 8, Shape.of(3, 8, 8));
    for (int i = 0; i < 2; i++) {
      try (TrainableNetwork model = model(engines[i], SMALL, 1)) {
        model.loadParameters(state.parameters());
        Denoiser denoiser = DiffusionConfig.DEFAULTS.denoiser(model, process);
        samples[i] = batches.draw(denoiser, 0, Condition.none(8), StepListener.NONE);
      }
    }
    double largest = 0;
    for (int i = 0; i < samples[0].data().length; i++) {
      largest = Math.max(largest, Math.abs(samples[0].data()[i] - samples[1].data()[i]));
    }
    assertTrue(largest < 1e-3, "pixels differ by up to " + largest);
    assertTrue(largest > 0, "two implementations cannot agree in every bit");
  }
}
