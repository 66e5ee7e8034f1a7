package io.sparkddpm.torch;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * What has to be there before LibTorch computes on a graphics card, looked at one by one, so that
 * what is missing is named with what to install.
 *
 * @param build whether the jar holds LibTorch's build for cards
 * @param driver version of NVIDIA's kernel driver, if one is loaded
 * @param unloadable what the system's loader said of CUDA's libraries, if it refused
 * @param count of cards that CUDA sees
 */
record Cards(boolean build, Optional<String> driver, Optional<String> unloadable, int count) {
  /** The oldest driver that runs CUDA 13. */
  private static final int OLDEST_DRIVER = 580;

  private static final String LIBRARY = "/org/bytedeco/pytorch/linux-x86_64-gpu/libtorch_cuda.so";
  private static final Path VERSION = Path.of("/proc/driver/nvidia/version");
  private static final Pattern DRIVER = Pattern.compile("Module.*?\\s(\\d+)((?:\\.\\d+)+)\\s");
  private static final Pattern MISSING = Pattern.compile("(lib\\S+\\.so[.0-9]*): cannot open");

  /** Of this process; LibTorch itself is loaded already. */
  static Cards here() {
    boolean build = Cards.class.getResource(LIBRARY) != null;
    Optional<String> driver = Optional.empty();
    if (Files.isReadable(VERSION)) {
      try {
        driver = driverOf(Files.readString(VERSION));
      } catch (IOException e) {
        driver = Optional.empty(); // gone: as if it were not there
      }
    }
    Optional<String> unloadable = Optional.empty();
    int count = 0;
    if (build && driver.isPresent()) {
      try {
        Loader.load(torch_cuda.class);
        count = torch.cuda_is_available() ? (int) torch.cuda_device_count() : 0;
      } catch (LinkageError e) {
        unloadable = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    return new Cards(build, driver, unloadable, count);
  }

  /** The version in the report of the kernel's driver. */
  static Optional<String> driverOf(String text) {
    Matcher m = DRIVER.matcher(text);
    return m.find() ? Optional.of(m.group(1) + m.group(2)) : Optional.empty();
  }

  /**
   * Requires that the card can be used.
   *
   * @param card its place among those that CUDA sees
   * @throws UserException naming the first thing that is missing
   */
  void require(int card) {
    if (!build) {
      throw missing(
          "this jar holds LibTorch for processors; build the other one with mvn -B -Ptorch-gpu"
              + " -Dmaven.test.skip=true package and give it as DDPM_ENGINE_JAR");
    }
    if (driver.isEmpty()) {
      throw missing(
          "no NVIDIA driver is loaded; install driver %s or newer, and give the container the card",
          OLDEST_DRIVER);
    }
    int major = Integer.parseInt(driver.get().split("\\.", 2)[0]);
    if (major < OLDEST_DRIVER) {
      throw missing(
          "the NVIDIA driver is %s, but CUDA 13 needs %s or newer", driver.get(), OLDEST_DRIVER);
    }
    if (unloadable.isPresent()) {
      throw missing("%s", libraries(unloadable.get()));
    }
    if (card >= count) {
      throw missing(
          "CUDA sees %s card(s), and card %s was asked for; is it given to this container, and is"
              + " its compute capability 7.5 or newer?",
          count, card);
    }
  }

  private static String libraries(String error) {
    Matcher m = MISSING.matcher(error);
    String what = m.find() ? m.group(1) + " is not there" : error;
    return what + "; install the libraries of CUDA 13 (cuda-libraries-13-1) and cuDNN 9 (cudnn9)";
  }

  private static UserException missing(String format, Object... args) {
    return new UserException("engine.device = cuda: " + format, args);
  }
}
