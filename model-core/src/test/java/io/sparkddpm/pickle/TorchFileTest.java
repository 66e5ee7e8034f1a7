package io.sparkddpm.pickle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.tensor.ElementType;
import io.sparkddpm.tensor.FileStorage;
import io.sparkddpm.tensor.SafetensorsFile;
import io.sparkddpm.tensor.StoredTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that torch wrote give the values that torch gives; hostile and damaged ones end in one
 * line. Another seed: {@code -Dddpm.fuzz.seed=N}; more mutants: {@code -Dddpm.fuzz.mutants=N}.
 */
class TorchFileTest {
  private static final String NEEDS = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside";

  private static Path golden(String file) {
    return Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", "torch", file);
  }

  private static SeekableByteChannel channel(byte[] bytes) {
    return new SeekableInMemoryByteChannel(bytes);
  }

  private static String refusal(byte[] bytes) {
    return assertThrows(UserException.class, () -> TorchFile.read(channel(bytes), "w.pt"))
        .getMessage();
  }

  /** An array of numpy's, which has half precision and booleans too. */
  private static StoredTensor array(byte[] npy) {
    int begin = 10 + (npy[8] & 0xFF) + 256 * (npy[9] & 0xFF);
    String header = new String(npy, 10, begin - 10, StandardCharsets.ISO_8859_1);
    String type = header.replaceAll("(?s).*'descr': '(...)'.*", "$1");
    String shape = header.replaceAll("(?s).*'shape': \\(([^)]*)\\).*", "$1");
    List<Long> dimensions =
        Arrays.stream(shape.split(",\\s*")).filter(s -> !s.isBlank()).map(Long::valueOf).toList();
    ElementType element =
        Map.of(
                "<f8",
                ElementType.F64,
                "<f4",
                ElementType.F32,
                "<f2",
                ElementType.F16,
                "<i8",
                ElementType.I64,
                "<i4",
                ElementType.I32,
                "<i2",
                ElementType.I16,
                "|i1",
                ElementType.I8,
                "|u1",
                ElementType.U8,
                "|b1",
                ElementType.BOOL)
            .get(type);
    FileStorage storage = new FileStorage(channel(npy), begin, npy.length - begin, "npy");
    return StoredTensor.of(element, dimensions, storage, "npy");
  }

  @EnabledIfEnvironmentVariable(named = "DDPM_TEST_GOLDEN", matches = ".+", disabledReason = NEEDS)
  @ParameterizedTest
  @ValueSource(strings = {"types_zip.pt", "types_old_format.pt", "types.safetensors"})
  void everyTypeAndView(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(golden(file));
    Map<String, StoredTensor> tensors =
        file.endsWith(".pt")
            ? TorchFile.read(channel(bytes), file).get(0).tensors()
            : SafetensorsFile.read(channel(bytes), file);
    Map<String, byte[]> expected = unzip(Files.readAllBytes(golden("types.npz")));
    for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
      StoredTensor wanted = array(expected.remove(tensor.getKey() + ".npy"));
      assertEquals(wanted.shape(), tensor.getValue().shape(), tensor.getKey());
      assertArrayEquals(wanted.toDoubles(), tensor.getValue().toDoubles(), tensor.getKey());
    }
    assertTrue(expected.isEmpty() || file.endsWith("safetensors"), expected::toString);
  }

  /** By the definition of IEEE 754. */
  @ParameterizedTest
  @CsvSource({
    "0x3C00, 1",
    "0xC000, -2",
    "0x3555, 0.333251953125",
    "0x0001, 5.9604644775390625e-8",
    "0x03FF, 6.097555160522461e-5",
    "0x0400, 6.103515625e-5",
    "0x7BFF, 65504",
    "0xFC00, -Infinity",
    "0x7E00, NaN",
    "0x8000, -0.0"
  })
  void halfPrecision(String bits, double value) {
    ByteBuffer bytes = ByteBuffer.allocate(2).putShort(0, (short) (int) Integer.decode(bits));
    assertEquals(value, ElementType.F16.get(bytes, 0));
  }

  /** Transposed, channels last, and views of one storage; against the same as safetensors. */
  @EnabledIfEnvironmentVariable(named = "DDPM_TEST_GOLDEN", matches = ".+", disabledReason = NEEDS)
  @ParameterizedTest
  @CsvSource({"classcond_state_dict.pt, ''", "classcond.ckpt, ema"})
  void stridesOffsetsAndSharedStorages(String file, String place) throws IOException {
    Path plain = golden("../classcond/unet/diffusion_pytorch_model.safetensors");
    Map<String, StoredTensor> expected =
        SafetensorsFile.read(channel(Files.readAllBytes(plain)), "plain");
    List<TensorGroup> groups = TorchFile.read(channel(Files.readAllBytes(golden(file))), file);
    TensorGroup group =
        groups.stream().filter(g -> g.place().equals(place)).findFirst().orElseThrow();
    assertEquals(expected.keySet(), group.tensors().keySet());
    for (Map.Entry<String, StoredTensor> tensor : expected.entrySet()) {
      StoredTensor found = group.tensors().get(tensor.getKey());
      assertEquals(tensor.getValue().shape(), found.shape());
      assertArrayEquals(tensor.getValue().toDoubles(), found.toDoubles(), tensor.getKey());
    }
  }

  @EnabledIfEnvironmentVariable(named = "DDPM_TEST_GOLDEN", matches = ".+", disabledReason = NEEDS)
  @Test
  void hostileFilesAreRefused() throws IOException {
    String foreign = refusal(Files.readAllBytes(golden("foreign_global.pt")));
    assertTrue(
        foreign.startsWith("w.pt names argparse.Namespace, which is no tensor: nothing of it was"),
        foreign);
    for (String file : List.of("cut.safetensors", "huge_header.safetensors")) {
      byte[] bytes = Files.readAllBytes(golden(file));
      var e = assertThrows(UserException.class, () -> SafetensorsFile.read(channel(bytes), file));
      assertTrue(e.getMessage().startsWith(file), e.getMessage());
    }
  }

  /** What Python would run at once: os.system("…"). */
  @Test
  void aCommandIsNotRun() {
    String command = "\u0080\u0002cposix\nsystem\nX\u0004\0\0\0true\u0085R.";
    for (byte[] file : List.of(bytes(command), zip(Map.of("w/data.pkl", bytes(command))))) {
      assertTrue(refusal(file).startsWith("w.pt names posix.system, which is no tensor"));
    }
    String eval = "\u0080\u0004\u008c\u0008builtins\u008c\u0004eval\u0093\u008c\u00011\u0085R.";
    assertTrue(refusal(bytes(eval)).startsWith("w.pt names builtins.eval"), refusal(bytes(eval)));
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    for (String pickle :
        List.of(
            "", // cut off
            "\u0080\u0002", // cut off
            "\u0080\u0001.", // another protocol
            "\u0080\u0002.", // nothing on the stack
            "\u0080\u0002(.",
            "\u0080\u0002}u.",
            "\u0080\u0002h\u0001.", // never remembered
            "\u0080\u0002K\u0001K\u0002s.",
            "\u0080\u0002X\u00ff\u00ff\u00ff\u007fa.", // a text of 2 GB
            "\u0080\u0002NQ.",
            "\u0080\u0002ccollections\nOrderedDict\nK\u0001R.",
            "\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n)R.",
            "i") // an old instruction
    ) {
      String message = refusal(zip(Map.of("w/data.pkl", bytes(pickle))));
      assertTrue(message.startsWith("w.pt "), message);
      assertTrue(refusal(bytes(pickle)).startsWith("w.pt "));
    }
    assertEquals(
        "w.pt holds no dictionary of tensors",
        refusal(zip(Map.of("w/data.pkl", bytes("\u0080\u0002}.")))));
    assertTrue(refusal(zip(Map.of("a.txt", bytes("")))).contains("not one that torch.save wrote"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] zip(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> unzip(byte[] file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipArchive zip = new ZipArchive(channel(file), "zip")) {
      for (ZipArchive.Entry entry : zip.entries()) {
        entries.put(entry.name(), zip.read(entry));
      }
    }
    return entries;
  }

  /** Bits, bytes, pieces and ends change, within the pickle of a zip file too. */
  @EnabledIfEnvironmentVariable(named = "DDPM_TEST_GOLDEN", matches = ".+", disabledReason = NEEDS)
  @ParameterizedTest
  @ValueSource(strings = {"types_zip.pt", "types_old_format.pt"})
  void everyMutantIsReadOrRefusedByName(String name) throws IOException {
    long seed = Long.getLong("ddpm.fuzz.seed", 20_261_126);
    int mutants = Integer.getInteger("ddpm.fuzz.mutants", 3_000);
    SplittableRandom random = new SplittableRandom(seed);
    byte[] whole = Files.readAllBytes(golden(name));
    Map<String, byte[]> entries = name.contains("zip") ? unzip(whole) : Map.of();
    int read = 0;
    for (int i = 0; i < mutants; i++) {
      byte[] mutant;
      if (entries.isEmpty() || random.nextInt(10) == 0) {
        mutant = mutant(whole, random);
      } else {
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        List<String> names = new ArrayList<>(entries.keySet());
        String entry = names.get(random.nextInt(3) > 0 ? 0 : random.nextInt(names.size()));
        changed.put(entry, mutant(entries.get(entry), random));
        mutant = zip(changed);
      }
      try {
        for (TensorGroup group : TorchFile.read(channel(mutant), name)) {
          for (StoredTensor tensor : group.tensors().values()) {
            if (tensor.length() < 1 << 20) {
              assertEquals(tensor.length(), tensor.toDoubles().length);
            }
          }
        }
        read++;
      } catch (UserException e) {
        assertTrue(e.getMessage().contains(name), e.getMessage());
        assertTrue(e.getMessage().length() < 600, e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + " of seed " + seed, e);
      }
    }
    assertTrue(read > 0 && read < mutants, "" + read);
    assertFalse(entries.isEmpty() && name.contains("zip"));
  }

  private static byte[] mutant(byte[] bytes, SplittableRandom random) {
    byte[] changed = bytes.clone();
    if (bytes.length < 2) {
      return new byte[random.nextInt(8)];
    }
    switch (random.nextInt(4)) {
      case 0 -> {
        for (int n = random.nextInt(1, 4); n > 0; n--) {
          changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 1 ->
          changed[random.nextInt(bytes.length)] =
              (byte) ".(}])Rbtuse2N0q".charAt(random.nextInt(15));
      case 2 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      default -> {
        int from = random.nextInt(bytes.length);
        int length = random.nextInt(bytes.length - from);
        ByteBuffer.wrap(changed)
            .position(random.nextInt(bytes.length - length))
            .put(bytes, from, length);
      }
    }
    return changed;
  }
}
