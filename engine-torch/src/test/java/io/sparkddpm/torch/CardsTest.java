package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is missing for a graphics card is named, one thing after the other. */
class CardsTest {
  private static final Optional<String> NEW_DRIVER = Optional.of("580.65.06");

  private static String refusal(Cards cards) {
    return assertThrows(UserException.class, () -> cards.require(0)).getMessage();
  }

  @Test
  void theJarForProcessors() {
    String message = refusal(new Cards(false, NEW_DRIVER, Optional.empty(), 1));
    assertTrue(message.startsWith("engine.device = cuda: this jar holds LibTorch for"), message);
    assertTrue(message.contains("-Ptorch-gpu"), message);
  }

  @Test
  void noDriver() {
    String message = refusal(new Cards(true, Optional.empty(), Optional.empty(), 0));
    assertTrue(message.contains("install driver 580 or newer"), message);
  }

  @Test
  void anOldDriver() {
    String message = refusal(new Cards(true, Optional.of("550.54.15"), Optional.empty(), 1));
    assertTrue(message.contains("driver is 550.54.15, but CUDA 13 needs 580"), message);
  }

  @Test
  void aLibraryThatIsNotThere() {
    String error =
        "no jnitorch_cuda in java.library.path: libcudnn.so.9: cannot open shared object file: No"
            + " such file or directory";
    String message = refusal(new Cards(true, NEW_DRIVER, Optional.of(error), 0));
    assertTrue(message.contains("libcudnn.so.9 is not there; install the libraries"), message);
  }

  @Test
  void fewerCardsThanAskedFor() {
    String message = refusal(new Cards(true, NEW_DRIVER, Optional.empty(), 0));
    assertTrue(message.contains("CUDA sees 0 card(s), and card 0 was asked for"), message);
  }

  @Test
  void nothingIsMissing() {
    assertDoesNotThrow(() -> new Cards(true, NEW_DRIVER, Optional.empty(), 1).require(0));
  }

  @Test
  void versionsAsTheOpenAndTheClosedDriverTellThem() {
    assertEquals(
        Optional.of("550.54.15"),
        Cards.driverOf(
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC"));
    assertEquals(
        Optional.of("580.65.06"),
        Cards.driverOf(
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build"));
    assertEquals(Optional.empty(), Cards.driverOf("GCC version: gcc 12"));
  }

  @Test
  void anEngineForACardStopsBeforeItComputesWhereTheBuildHasNone() {
    TorchEngine engine =
        new TorchEngine(new TorchConfig(Precision.TF32, TorchConfig.Device.CUDA, true), 0);
    assertTrue(engine.wantsCard());
    assertEquals("torch-tf32-cuda", engine.name());
    UNetConfig network = new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0);
    UserException e =
        assertThrows(
            UserException.class, () -> engine.create(network, OptimizerConfig.DEFAULTS, 1));
    assertTrue(e.getMessage().startsWith("engine.device = cuda: "), e.getMessage());
  }
}
