package io.sparkddpm.spark.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GpuInfoTest {
  private static final String TWO =
      "0, NVIDIA A100-SXM4-40GB, 8.0, 535.104.05, 40960\n"
          + "1, NVIDIA A100-SXM4-40GB, 8.0, 535.104.05, 40960\n";
  private static final String H200 = "0, NVIDIA H200, 9.0, 550.90.07, 143771\n";

  @TempDir private Path dir;

  @Test
  void saysWhichCardsThereAre() {
    List<GpuInfo> cards = GpuInfo.parse(TWO);
    assertEquals(new GpuInfo(1, "NVIDIA A100-SXM4-40GB", 8, 0, "535.104.05", 40960), cards.get(1));
    assertEquals(
        "graphics card 1 (NVIDIA A100-SXM4-40GB, compute capability 8.0, driver 535.104.05, 40.0"
            + " GiB)",
        GpuInfo.at("1", cards).toString());
    assertEquals(0, GpuInfo.parse("0, NVIDIA GB10, 12.1, 580.95.05, [N/A]").get(0).memoryMib());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure"
            + " that the latest NVIDIA driver is installed and running.",
        "No devices were found",
        "Field \"compute_cap\" is not a valid field to query.",
        ""
      })
  void whatIsNoListOfCardsIsAnError(String output) {
    String message = assertThrows(UserException.class, () -> GpuInfo.parse(output)).getMessage();
    assertTrue(message.startsWith("nvidia-smi does not list the graphics cards: '"), message);
    assertTrue(message.contains(output), message);
  }

  @ParameterizedTest
  @CsvSource({"3,7", "6,1", "7,0", "7,5", "8,0", "8,6", "8,9"})
  void cardsWithMachineCodeAreTaken(int major, int minor) {
    new GpuInfo(0, "card", major, minor, "535.104.05", 1024).requireSupported();
  }

  @ParameterizedTest
  @CsvSource({"3,0", "3,5", "9,0", "10,0", "12,1"})
  void otherCardsAreRefused(int major, int minor) {
    GpuInfo card = new GpuInfo(0, "card", major, minor, "535.104.05", 1024);
    assertThrows(UserException.class, card::requireSupported);
  }

  @Test
  void aRefusalNamesTheCardAndWhatToDo() {
    GpuInfo card = GpuInfo.parse(H200).get(0);
    String message = assertThrows(UserException.class, card::requireSupported).getMessage();
    assertEquals(
        "graphics card 0 (NVIDIA H200, compute capability 9.0, driver 550.90.07, 140.4 GiB) cannot"
            + " run nd4j-cuda-11.6, whose code is for compute capability 3.7 to 8.9 (Kepler K80 to"
            + " Ada): use such cards (A100, A10, L4, RTX 30 or 40), or the jar without -cuda and no"
            + " spark.executor.resource.gpu, which trains on processors",
        message);
  }

  @Test
  void theBindingTakesTheTasksCard() {
    assertEquals(
        1, GpuBinding.choose(true, Optional.of("1"), () -> GpuInfo.parse(TWO)).get().index());
    assertEquals(
        0, GpuBinding.choose(true, Optional.empty(), () -> GpuInfo.parse(TWO)).get().index());
    // A container that shows one card of many calls it 0.
    String one = TWO.lines().findFirst().orElseThrow();
    assertEquals(
        0, GpuBinding.choose(true, Optional.of("6"), () -> GpuInfo.parse(one)).get().index());
    assertEquals(
        Optional.empty(),
        GpuBinding.choose(
            false,
            Optional.of("1"),
            () -> {
              throw new IllegalStateException("nobody asks nvidia-smi without the CUDA back end");
            }));
    String message =
        assertThrows(
                UserException.class,
                () -> GpuBinding.choose(true, Optional.of("2"), () -> GpuInfo.parse(TWO)))
            .getMessage();
    assertTrue(
        message.startsWith("Spark gave this task the graphics card 2, but here are"), message);
    assertThrows(
        UserException.class,
        () -> GpuBinding.choose(true, Optional.of("0"), () -> GpuInfo.parse(H200)));
    assertTrue(
        assertThrows(
                UserException.class,
                () -> GpuBinding.choose(true, Optional.of("GPU-5"), () -> GpuInfo.parse(TWO)))
            .getMessage()
            .contains("must be its number"));
  }

  @Test
  void enginesThatNeedTheirCardGetItsPlace() {
    assertEquals(1, GpuBinding.place(Optional.of("1"), GpuInfo.parse(TWO)));
    assertEquals(0, GpuBinding.place(Optional.empty(), GpuInfo.parse(TWO)));
    String one = TWO.lines().skip(1).findFirst().orElseThrow();
    assertEquals(0, GpuBinding.place(Optional.of("1"), GpuInfo.parse(one)));
    // Other engines decide for themselves which cards are too new for them.
    assertEquals(0, GpuBinding.place(Optional.of("0"), GpuInfo.parse(H200)));
  }

  private String[] discover(int code, String output) throws IOException, InterruptedException {
    Path smi = dir.resolve("nvidia-smi");
    Files.writeString(smi, "#!/bin/sh\ncat <<'X'\n" + output + "\nX\nexit " + code + "\n");
    Files.setPosixFilePermissions(smi, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("ddpm.root", ".."), "scripts/gpu-discovery").toString());
    builder.environment().merge("PATH", dir.toString(), (path, ours) -> ours + ":" + path);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new String[] {Integer.toString(process.waitFor()), out.strip(), err.strip()};
  }

  @Test
  void sparkDiscoversTheCards() throws Exception {
    String[] two = discover(0, "0\n1");
    assertEquals("{\"name\": \"gpu\", \"addresses\": [\"0\", \"1\"]}", two[1]);
    assertEquals("0", two[0]);
    String[] none = discover(9, "NVIDIA-SMI has failed");
    assertEquals("1", none[0]);
    assertEquals("", none[1]);
    assertEquals("gpu-discovery: NVIDIA-SMI has failed", none[2]);
    assertEquals("1", discover(0, "No devices were found")[0]);
  }
}
