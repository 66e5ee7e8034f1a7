package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.io.Serializable;
import java.util.Objects;

/** How the engine on LibTorch computes. */
public record TorchConfig(
    @Key("numbers that convolutions and matrix products are computed in; tf32 needs device = cuda")
        Precision precision,
    @Key("where the engine computes") Device device,
    @Key("whether a graphics card gives the same bits every time; processors always do")
        boolean deterministic)
    implements Serializable {
  /** Float32, on the processor, the same bits every time. */
  public static final TorchConfig DEFAULTS = new TorchConfig(Precision.FLOAT32, Device.CPU, true);

  /** Where the engine computes. */
  public enum Device {
    CPU,
    /** An NVIDIA card: the one that Spark gave to the executor. */
    CUDA
  }

  /** Refuses TF32 on processors, which have no such numbers. */
  public TorchConfig {
    Objects.requireNonNull(precision);
    Objects.requireNonNull(device);
    checkArgument(
        precision != Precision.TF32 || device == Device.CUDA,
        "precision tf32 is a format of NVIDIA's cards: it needs device = cuda; on processors take"
            + " float32 or bfloat16");
  }

  /** The same in another precision. */
  public TorchConfig withPrecision(Precision other) {
    return new TorchConfig(other, device, deterministic);
  }
}
