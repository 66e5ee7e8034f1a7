package io.sparkddpm.spark.executor;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.MemorySize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A graphics card as nvidia-smi shows it.
 *
 * @param index among the machine's cards, from 0
 * @param name of the product
 * @param major of its compute capability
 * @param minor of it
 * @param driver version
 * @param memoryMib of the card
 */
record GpuInfo(int index, String name, int major, int minor, String driver, long memoryMib) {
  /** What nvidia-smi is asked, so that {@link #parse} understands the answer. */
  static final List<String> QUERY =
      List.of(
          "nvidia-smi",
          "--query-gpu=index,name,compute_cap,driver_version,memory.total",
          "--format=csv,noheader,nounits");

  private static final Pattern LINE =
      Pattern.compile("(\\d+), (.+), (\\d+)\\.(\\d+), ([\\d.]+), (\\d+|\\[N/A\\])");

  /**
   * The machine code of nd4j-cuda-11.6 is for these; it brings no code that a driver could compile
   * for others.
   */
  private static final int OLDEST = 37;

  private static final int TOO_NEW = 90;

  /**
   * Reads nvidia-smi's answer to {@link #QUERY}.
   *
   * @throws UserException if it is something else, such as its words for "no driver"
   */
  static List<GpuInfo> parse(String output) {
    List<GpuInfo> found = new ArrayList<>();
    for (String line : output.strip().split("\\R", -1)) {
      Matcher m = LINE.matcher(line.strip());
      if (!m.matches()) {
        throw new UserException(
            "nvidia-smi does not list the graphics cards: '%s'; is a driver of CUDA 11.6 (510) or"
                + " newer installed, and the card given to this container?",
            line.strip());
      }
      found.add(
          new GpuInfo(
              Integer.parseInt(m.group(1)),
              m.group(2),
              Integer.parseInt(m.group(3)),
              Integer.parseInt(m.group(4)),
              m.group(5),
              m.group(6).startsWith("[") ? 0 : Long.parseLong(m.group(6))));
    }
    return found;
  }

  /**
   * The card that Spark gave to a task. Where the container shows its only card under another
   * number than the machine, that one.
   *
   * @param address as Spark knows it
   * @throws UserException if there is none
   */
  static GpuInfo at(String address, List<GpuInfo> visible) {
    if (!address.matches("\\d{1,4}")) {
      throw new UserException(
          "a graphics card's address must be its number, got '%s': use scripts/gpu-discovery as"
              + " spark.executor.resource.gpu.discoveryScript",
          address);
    }
    int index = Integer.parseInt(address);
    return visible.stream()
        .filter(g -> g.index == index)
        .findFirst()
        .or(() -> visible.size() == 1 ? Optional.of(visible.get(0)) : Optional.empty())
        .orElseThrow(
            () ->
                new UserException(
                    "Spark gave this task the graphics card %s, but here are only: %s",
                    address, visible));
  }

  /**
   * Refuses a card that the CUDA back end has no code for, before it fails in the middle of a step.
   *
   * @throws UserException saying what to do instead
   */
  void requireSupported() {
    int capability = 10 * major + minor;
    if (capability >= TOO_NEW || capability < OLDEST) {
      throw new UserException(
          "%s cannot run nd4j-cuda-11.6, whose code is for compute capability 3.7 to 8.9 (Kepler"
              + " K80 to Ada): use such cards (A100, A10, L4, RTX 30 or 40), or the jar without"
              + " -cuda and no spark.executor.resource.gpu, which trains on processors",
          this);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "graphics card %d (%s, compute capability %d.%d, driver %s, %s)",
        index,
        name,
        major,
        minor,
        driver,
        memoryMib == 0 ? "memory unknown" : MemorySize.format(memoryMib << 20));
  }
}
