package io.sparkddpm.torch;

import io.sparkddpm.engine.Precision;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.memory.NativeLibraries;
import java.nio.FloatBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The library, loaded, on one device and with a number of threads. Its settings are the process's
 * or the calling thread's: {@link #enter} comes before every use.
 */
final class LibTorch {
  /** As many as the process computes with: OMP_NUM_THREADS, unless a model said otherwise. */
  static final int THREADS_OF_PROCESS = 0;

  private static final String CARDS_BUILD = "-gpu";

  private final TorchConfig config;
  private final int card;
  private final int threads;
  private final DeviceType type;

  private LibTorch(TorchConfig config, int card, int threads) {
    this.config = config;
    this.card = card;
    this.threads = threads;
    this.type = config.device() == TorchConfig.Device.CUDA ? DeviceType.CUDA : DeviceType.CPU;
  }

  /**
   * Loads the library and looks at the device.
   *
   * @throws UserException if the library or the device cannot be used here, saying what to install
   */
  static LibTorch open(TorchConfig config, int card, int threads) {
    boolean cuda = config.device() == TorchConfig.Device.CUDA;
    load(cuda);
    if (cuda) {
      Cards.here().require(card);
    }
    return new LibTorch(config, card, threads);
  }

  /** The library's build, and the processor's instructions that it uses, by name. */
  SortedMap<String, String> arithmetic() {
    SortedMap<String, String> facts = new TreeMap<>();
    String build = torch.show_config().getString().strip();
    int settings = build.indexOf("- Build settings");
    String versions = settings < 0 ? build : build.substring(0, settings);
    facts.put("torch", versions.strip().replaceAll("\\s+", " "));
    facts.put("torch-instructions", torch.get_cpu_capability().getString());
    return facts;
  }

  /** This class first: with another of the library's loaded before it, the JVM has crashed. */
  private static void load(boolean cuda) {
    if (cuda) {
      // JavaCPP looks for the build for cards only where the extension names it, as for ND4J's.
      Loader.loadProperties()
          .merge(
              "platform.extension",
              CARDS_BUILD,
              (old, own) -> (":" + old + ":").contains(":" + own + ":") ? old : old + ":" + own);
    }
    try {
      NativeLibraries.load(() -> Loader.load(torch.class));
      // OpenBLAS, which multiplies float32 matrices here, has threads of its own; they and
      // LibTorch's wait for each other, spinning, for most of the time.
      openblas.blas_set_num_threads(1);
    } catch (UnsatisfiedLinkError e) {
      throw new UserException(
          e,
          "engine = torch: LibTorch cannot be loaded (%s): it needs Linux on x86-64 with glibc 2.28"
              + " or newer and, in its build for graphics cards, CUDA 13 and cuDNN 9",
          e.getMessage());
    }
  }

  private void settings() {
    if (type == DeviceType.CUDA) {
      Context context = torch.globalContext();
      boolean tf32 = config.precision() == Precision.TF32;
      context.setDeterministicAlgorithms(config.deterministic(), false);
      context.setDeterministicCuDNN(config.deterministic());
      context.setBenchmarkCuDNN(!config.deterministic());
      context.setAllowTF32CuBLAS(tf32);
      context.setAllowTF32CuDNN(tf32);
    }
  }

  /** To be called by a thread before it computes. */
  void enter() {
    settings();
    if (threads != THREADS_OF_PROCESS) {
      torch.set_num_threads(threads);
    }
  }

  /** Threads that one computation may use. */
  int threads() {
    return threads == THREADS_OF_PROCESS ? torch.get_num_threads() : threads;
  }

  /** Whether products are computed in bfloat16. */
  boolean rounds() {
    return config.precision() == Precision.BFLOAT16;
  }

  /** Begins a part whose products are computed as configured; {@link #endProducts} ends it. */
  void beginProducts() {
    if (rounds()) {
      torch.set_autocast_enabled(type, true);
      torch.set_autocast_dtype(type, ScalarType.BFloat16);
    }
  }

  void endProducts() {
    if (rounds()) {
      torch.set_autocast_enabled(type, false);
      torch.clear_cache();
    }
  }

  boolean onCpu() {
    return type == DeviceType.CPU;
  }

  private Device device() {
    return onCpu() ? new Device(DeviceType.CPU) : new Device(DeviceType.CUDA, (byte) card);
  }

  /** Brings a network to the device. */
  void move(JitModule network) {
    network.to(device());
  }

  /** Zeros on the device. */
  Tensor zeros(long... shape) {
    return torch.zeros(shape, new TensorOptions(device()));
  }

  /** A tensor [N, C, H, W] on the device whose channels lie side by side; undefined values. */
  Tensor emptyChannelsLast(long... shape) {
    return torch.empty(
        shape, new TensorOptions(device()), new MemoryFormatOptional(MemoryFormat.ChannelsLast));
  }

  /** A tensor on the device with values from {@code offset} on. */
  Tensor upload(float[] values, int offset, long... shape) {
    long length = 1;
    for (long size : shape) {
      length *= size;
    }
    Tensor host = torch.empty(shape);
    fill(host, values, offset, Math.toIntExact(length));
    return onCpu() ? host : host.to(device(), ScalarType.Float);
  }

  /** A flat tensor of 32-bit whole numbers on the device. */
  Tensor upload(int[] values) {
    Tensor host = torch.zeros(new long[] {values.length}, new TensorOptions(ScalarType.Int));
    host.data_ptr_int().put(values);
    return onCpu() ? host : host.to(device(), ScalarType.Int);
  }

  /** 0, 1, … {@code length} − 1 as 32-bit whole numbers on the device. */
  Tensor range(int length) {
    TensorOptions whole = new TensorOptions(device()).dtype(new ScalarTypeOptional(ScalarType.Int));
    return torch.arange(new Scalar(length), whole);
  }

  /** Copies the first {@code length} values of a flat float32 tensor in. */
  void write(float[] from, Tensor flat, int length) {
    if (onCpu()) {
      fill(flat, from, 0, length);
    } else {
      flat.narrow(0, 0, length).copy_(upload(from, 0, length));
    }
  }

  private static void fill(Tensor host, float[] values, int offset, int length) {
    FloatPointer data = host.data_ptr_float();
    data.put(values, offset, length);
  }

  /** Copies the first {@code length} values of a float32 tensor, row-major, out. */
  void read(Tensor tensor, float[] to, int offset, int length) {
    onHost(tensor).data_ptr_float().get(to, offset, length);
  }

  /** Copies as many values of a flat float32 tensor as remain in {@code to} out. */
  void read(Tensor flat, FloatBuffer to) {
    to.put(onHost(flat).data_ptr_float().limit(to.remaining()).asBuffer());
  }

  private Tensor onHost(Tensor tensor) {
    Tensor whole = tensor.contiguous();
    return onCpu() ? whole : whole.to(new Device(DeviceType.CPU), ScalarType.Float);
  }
}
