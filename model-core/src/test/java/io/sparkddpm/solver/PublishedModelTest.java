package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.interchange.DiffusersFiles;
import io.sparkddpm.interchange.DiffusersScheduler;
import io.sparkddpm.interchange.DiffusersUNet;
import io.sparkddpm.interchange.ForeignWeights;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.SafetensorsFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The image that a folder's {@code DDPMPipeline} draws in PyTorch with {@code
 * generator=torch.manual_seed(0)}, drawn here with PyTorch's noise.
 */
class PublishedModelTest {
  /** {@code image[0, -3:, -3:, -1]} as diffusers' tests publish it, to 1e-2. */
  private static final double[] PUBLISHED = {
    0.4200, 0.3588, 0.1939, 0.3847, 0.3382, 0.2647, 0.4155, 0.3582, 0.3385
  };

  /** The same of a small model, by diffusers 0.21.4 on torch 1.13, in 50 steps. */
  private static final double[] SMALL = {
    0.5916396, 0.5617313, 0.4884387, 0.8029953, 0.7706422, 0.6661485, 0.6894515, 0.7249486,
    0.7243677
  };

  private static Path file(Path folder, String part, String name) {
    Path inside = folder.resolve(part).resolve(name);
    return Files.exists(inside) ? inside : folder.resolve(name);
  }

  private static float[] weights(Path folder, UNetConfig network) throws IOException {
    Path path = file(folder, DiffusersFiles.UNET, DiffusersFiles.WEIGHTS);
    try (FileChannel channel = FileChannel.open(path)) {
      TensorGroup all = new TensorGroup("", SafetensorsFile.read(channel, path.toString()));
      return new ForeignWeights(path.toString(), network.spec().layout())
          .read(List.of(all), Optional.empty());
    }
  }

  private static void check(Path folder, int steps, double[] expected, double tolerance)
      throws IOException {
    Path config = file(folder, DiffusersFiles.UNET, DiffusersFiles.CONFIG);
    UNetConfig network = DiffusersUNet.read(Files.readString(config), config.toString());
    Path scheduler = file(folder, DiffusersFiles.SCHEDULER, DiffusersFiles.SCHEDULER_CONFIG);
    DiffusersScheduler read =
        DiffusersScheduler.read(Files.readString(scheduler), scheduler.toString());
    DiscreteProcess process = new DiscreteProcess(NoiseSchedule.of(read.schedule()));
    TorchNormals normals = new TorchNormals(0);
    NoiseSource noise =
        (item, to, offset, length) -> System.arraycopy(normals.draw(length), 0, to, offset, length);
    int threads = Runtime.getRuntime().availableProcessors();
    try (TrainableNetwork model =
        new Nd4jEngine().create(network, OptimizerConfig.DEFAULTS, threads)) {
      model.loadParameters(weights(folder, network));
      Denoiser denoiser = read.diffusion().denoiser(model, process);
      Batch image =
          AncestralSolver.DEFAULTS.sample(
              denoiser,
              Spacing.LEADING.grid(steps, process),
              noise,
              Condition.none(1),
              network.inputShape(),
              StepListener.NONE);
      int size = network.imageSize();
      for (int i = 0; i < expected.length; i++) {
        int row = size - 3 + i / 3;
        int column = size - 3 + i % 3;
        float value = image.data()[(2 * size + row) * size + column];
        assertEquals(
            expected[i], Math.max(0, Math.min(1, value / 2 + 0.5)), tolerance, "pixel " + i);
      }
    }
  }

  @EnabledIfEnvironmentVariable(
      named = "DDPM_TEST_DIFFUSERS_CIFAR10",
      matches = ".+",
      disabledReason = "needs DDPM_TEST_DIFFUSERS_CIFAR10, the folder of google/ddpm-cifar10-32")
  @Test
  void theCifar10ModelDrawsItsPublishedImage() throws IOException {
    check(Path.of(System.getenv("DDPM_TEST_DIFFUSERS_CIFAR10")), 1000, PUBLISHED, 1e-2);
  }

  /** Bound: that of sampled images, where float32 of diffusers itself is within 7.3e-6 of exact. */
  @EnabledIfEnvironmentVariable(
      named = "DDPM_TEST_GOLDEN",
      matches = ".+",
      disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
  @Test
  void aSmallModelDrawsTheImageOfPyTorch() throws IOException {
    check(Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "uncond"), 50, SMALL, 5e-5);
  }
}
