package io.sparkddpm.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NpzTest {
  private static Map<String, NpyArray> read(byte[] npz) throws IOException {
    return Npz.read(new ByteArrayInputStream(npz), "a.npz");
  }

  @Test
  void everyTypeAndShapeRoundTrips() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NpyArray bytes = NpyArray.of(new byte[] {1, -1, 0, 7, 8, 9}, 1, 2, 3);
    NpyArray floats = NpyArray.of(new float[] {1.5f, -0.25f, Float.MIN_VALUE}, 3);
    NpyArray doubles = NpyArray.of(new double[] {Math.PI, 1e-300}, 2, 1);
    NpyArray scalar = NpyArray.of(new double[] {4});
    try (NpzWriter npz = new NpzWriter(out)) {
      npz.add("arr_0", bytes);
      npz.add("sub/w", floats);
      npz.add("d", doubles);
      npz.add("s", scalar);
      npz.begin("pieces", NpyArray.Type.UINT8, 2, 2);
      npz.write(new byte[] {1, 2, 3}, 0, 3);
      npz.write(new byte[] {0, 4}, 1, 1);
    }
    Map<String, NpyArray> back = read(out.toByteArray());
    assertEquals(bytes, back.get("arr_0"));
    assertEquals(floats, back.get("sub/w"));
    assertEquals(doubles, back.get("d"));
    assertEquals(scalar, back.get("s"));
    assertArrayEquals(new byte[] {1, 2, 3, 4}, back.get("pieces").data());
    assertArrayEquals(new double[] {1, 255, 0, 7, 8, 9}, back.get("arr_0").toDoubles());
    assertArrayEquals(new float[] {1.5f, -0.25f, Float.MIN_VALUE}, back.get("sub/w").toFloats());
    assertArrayEquals(new float[] {(float) Math.PI, 0}, back.get("d").toFloats());
  }

  @Test
  void headersAreNumpys() {
    String header =
        new String(Npy.header(NpyArray.Type.UINT8, new int[] {2, 32}), StandardCharsets.ISO_8859_1);
    assertEquals(0, header.length() % 64);
    assertTrue(header.contains("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 32), }"));
    header = new String(Npy.header(NpyArray.Type.FLOAT32, new int[] {3}), StandardCharsets.UTF_8);
    assertTrue(header.contains("'shape': (3,), }"), header);
    header = new String(Npy.header(NpyArray.Type.FLOAT32, new int[0]), StandardCharsets.UTF_8);
    assertTrue(header.contains("'shape': (), }"), header);
  }

  @Test
  void damageIsNamed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (NpzWriter npz = new NpzWriter(out)) {
      npz.add("x", NpyArray.of(new float[100], 100));
    }
    byte[] whole = out.toByteArray();
    byte[] cut = Arrays.copyOf(whole, 60);
    String message = assertThrows(UserException.class, () -> read(cut)).getMessage();
    assertTrue(message.startsWith("a.npz"), message);
    message = assertThrows(UserException.class, () -> read(new byte[] {1, 2, 3})).getMessage();
    assertEquals("a.npz is not a zip file, or cut off: it has no directory", message);
    byte[] npy = Npy.write(NpyArray.of(new float[] {1, 2}, 2));
    message =
        assertThrows(
                UserException.class,
                () -> Npy.read(new ByteArrayInputStream(npy, 0, npy.length - 3), "b.npy"))
            .getMessage();
    assertEquals("b.npy should hold 8 bytes of elements, but holds 5", message);
    byte[] complex =
        new String(npy, StandardCharsets.ISO_8859_1)
            .replace("<f4", "<c8")
            .getBytes(StandardCharsets.ISO_8859_1);
    message =
        assertThrows(
                UserException.class, () -> Npy.read(new ByteArrayInputStream(complex), "b.npy"))
            .getMessage();
    assertTrue(message.startsWith("b.npy has elements of type '<c8'; accepted are |u1"), message);
    byte[] fortran =
        new String(npy, StandardCharsets.ISO_8859_1)
            .replace("'fortran_order': False", "'fortran_order': True ")
            .getBytes(StandardCharsets.ISO_8859_1);
    message =
        assertThrows(
                UserException.class, () -> Npy.read(new ByteArrayInputStream(fortran), "b.npy"))
            .getMessage();
    assertTrue(message.contains("is in Fortran order"), message);
  }

  @Test
  void missingElementsAreNotForgiven() throws IOException {
    NpzWriter npz = new NpzWriter(new ByteArrayOutputStream());
    npz.begin("x", NpyArray.Type.FLOAT64, 2);
    npz.write(new byte[8], 0, 8);
    assertThrows(IllegalStateException.class, () -> npz.write(new byte[9], 0, 9));
    assertThrows(IllegalStateException.class, npz::close);
  }

  @Test
  void aFileOfNumpysIsRead() throws IOException {
    String golden = System.getenv("DDPM_TEST_GOLDEN");
    assumeTrue(golden != null, "DDPM_TEST_GOLDEN is not set: no file of numpy's own to read");
    try (InputStream in = Files.newInputStream(Path.of(golden, "unet", "unet_16px_ch32.npz"))) {
      Map<String, NpyArray> arrays = Npz.read(in, "unet_16px_ch32.npz");
      assertTrue(arrays.containsKey("loss"));
      assertEquals(4, arrays.get("x").shape().length);
    }
  }
}
