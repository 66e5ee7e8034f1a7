package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import java.util.Objects;

/** How the engine on LibTorch computes. */
@Variant(value = "torch", description = "LibTorch, in a jar of its own (engines.md)")
public record TorchConfig(
    @Key(
            value =
                "numbers that convolutions and matrix products are computed in; tf32 needs device ="
                    + " cuda",
            aliases = "../torch.precision")
        Precision precision,
    @Key(value = "where it computes", aliases = "../torch.device") Device device,
    @Key(
            value = "whether a graphics card gives the same bits every time; processors always do",
            aliases = "../torch.deterministic")
        boolean deterministic)
    implements EngineConfig {
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
