package io.sparkddpm.torch;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.Encoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A network that was saved as TorchScript: {@code forward} takes float32 [N, 3, S, S], 0…1, and
 * gives [N, D].
 */
final class TorchEncoder implements Encoder {
  private static final int VECTORS = 2;

  private final LibTorch library;
  private final String source;
  private final JitModule module;

  /**
   * @param script the file's bytes
   * @param source its name, for messages
   * @throws UserException if it is no such file
   */
  TorchEncoder(byte[] script, String source, LibTorch library) {
    this.library = library;
    this.source = source;
    library.enter();
    try {
      Path file = Files.createTempFile("ddpm-encoder", ".pt");
      try {
        Files.write(file, script);
        module = torch.load(file.toString());
      } finally {
        Files.delete(file);
      }
      module.eval();
      library.move(module);
    } catch (IOException e) {
      throw new UserException(e, "cannot write a temporary file: %s", e.getMessage());
    } catch (RuntimeException e) {
      throw refused("is no TorchScript file", e);
    }
  }

  private UserException refused(String what, RuntimeException e) {
    String why = e.getMessage() == null ? e.toString() : e.getMessage();
    return new UserException(e, "%s %s: %s", source, what, why.lines().findFirst().orElse(""));
  }

  @Override
  public float[] run(float[] images, int count, int side) {
    try (PointerScope scope = new PointerScope();
        InferenceMode mode = new InferenceMode(true)) {
      library.enter();
      Tensor input = library.upload(images, 0, count, 3, side, side);
      Tensor output = vectors(new IValueVector(new IValue(input)), count);
      float[] values = new float[Math.toIntExact(output.numel())];
      library.read(output, values, 0, values.length);
      return values;
    }
  }

  private Tensor vectors(IValueVector input, int count) {
    IValue output;
    try {
      output = module.forward(input);
    } catch (RuntimeException e) {
      throw refused("cannot be run", e);
    }
    if (!output.isTensor()
        || output.toTensor().dim() != VECTORS
        || output.toTensor().size(0) != count) {
      throw new UserException(
          "%s must give a tensor [N, D] of %d images; save one whose forward does", source, count);
    }
    return output.toTensor().to(ScalarType.Float);
  }

  @Override
  public void close() {
    module.close();
  }
}
