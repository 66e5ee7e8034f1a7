package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.statistics.Encoder;
import io.sparkddpm.statistics.EncoderFeatures;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that a user has saved as TorchScript; the library itself scripts small ones here. */
class TorchEncoderTest {
  private static final TorchInception ENGINE = new TorchInception(TorchConfig.DEFAULTS, 0);

  @TempDir private Path temp;

  private byte[] script(String name, String forward) throws IOException {
    LibTorch.open(TorchConfig.DEFAULTS, 0, LibTorch.THREADS_OF_PROCESS);
    try (JitModule module = new JitModule(new QualifiedName("__torch__." + name))) {
      Tensor weight = torch.ones(2, 3);
      weight.mul_(new org.bytedeco.pytorch.Scalar(0.5f));
      module.register_parameter("weight", weight, false);
      module.define(forward);
      Path file = temp.resolve(name + ".pt");
      module.save(file.toString());
      return Files.readAllBytes(file);
    }
  }

  /** Means of the channels by a matrix of halves, in a script of the user's. */
  private byte[] means() throws IOException {
    return script(
        "Means",
        "def forward(self, x):\n    return torch.matmul(x.mean([2, 3]), self.weight.t())\n");
  }

  @Test
  void featuresAreWhatTheScriptComputes() throws IOException {
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      byte[] pixels = new byte[8 * 8 * 3];
      Arrays.fill(pixels, (byte) (40 * i));
      images.add(new RgbImage(pixels, 8, 8));
    }
    try (Encoder encoder = ENGINE.encoder(means(), "means.pt")) {
      assertEquals(2, EncoderFeatures.dimension(encoder, 4, 2));
      for (ResizeMode mode : ResizeMode.values()) {
        EncoderFeatures features =
            new EncoderFeatures(
                encoder,
                new ExtractorIdentity("torchscript", "hash", mode.modeName()),
                new FeatureLayer("output", 2, "fd"),
                4,
                2,
                mode);
        float[] values = features.extract(images)[0];
        for (int i = 0; i < values.length; i++) {
          assertEquals(1.5 * (40 * (i / 2)) / 255, values[i], 1e-6);
        }
      }
    }
  }

  /** Bits do not depend on which images are in a batch. */
  @Test
  void anImageHasTheSameFeaturesInAnyBatch() throws IOException {
    RandomStream random = RandomStream.of(1, Purpose.SHAPES);
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      byte[] pixels = new byte[6 * 5 * 3];
      for (int p = 0; p < pixels.length; p++) {
        pixels[p] = (byte) random.nextInt(256);
      }
      images.add(new RgbImage(pixels, 6, 5));
    }
    try (Encoder encoder = ENGINE.encoder(means(), "means.pt")) {
      EncoderFeatures features =
          new EncoderFeatures(
              encoder,
              new ExtractorIdentity("torchscript", "hash", "clean"),
              new FeatureLayer("output", 2, "fd"),
              7,
              2,
              ResizeMode.CLEAN);
      float[] all = features.extract(images)[0];
      float[] last = features.extract(images.subList(2, 3))[0];
      assertArrayEquals(Arrays.copyOfRange(all, 4, 6), last);
    }
  }

  @Test
  void whatIsNoEncoderIsRefused() throws IOException {
    byte[] damaged = Arrays.copyOf(means(), 300);
    refused("a.pt is no TorchScript file", damaged);
    refused(
        "a.pt must give a tensor [N, D] of 2 images",
        script("Same", "def forward(self, x):\n    return x\n"));
    refused(
        "a.pt cannot be run",
        script("Wrong", "def forward(self, x):\n    return torch.matmul(x, self.weight)\n"));
  }

  private static void refused(String expected, byte[] script) {
    String message =
        assertThrows(
                UserException.class,
                () -> {
                  try (Encoder encoder = ENGINE.encoder(script, "a.pt")) {
                    EncoderFeatures.dimension(encoder, 4, 2);
                  }
                })
            .getMessage();
    assertTrue(message.startsWith(expected), message);
    assertEquals(1, message.lines().count());
  }
}
