package io.sparkddpm.points;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.error.BadRecordException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as other programs write them, with what is ignored around the points. */
class PointFilesTest {
  private static final double[] POINTS = {0.5, -1, 2, 3, 0.25, -8};

  /** Faces before the vertices, which have lists and further numbers among x, y and z. */
  private static final String HEADER =
      "ply\nformat %s 1.0\ncomment made by hand\nelement face 2\n"
          + "property list uchar int vertex_indices\nelement vertex 2\nproperty double z\n"
          + "property uchar red\nproperty float x\nproperty list ushort char tags\n"
          + "property short y_\nproperty float y\nobj_info nothing\nelement edge 1\n"
          + "property int vertex1\nend_header\n";

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] binary(ByteOrder order) {
    String name = order == ByteOrder.BIG_ENDIAN ? "binary_big_endian" : "binary_little_endian";
    byte[] header = text(String.format(Locale.ROOT, HEADER, name));
    ByteBuffer file = ByteBuffer.allocate(1000).order(order);
    file.put(header);
    file.put((byte) 3).putInt(0).putInt(1).putInt(1).put((byte) 0);
    for (int i = 0; i < 2; i++) {
      file.putDouble(POINTS[3 * i + 2]).put((byte) 200).putFloat((float) POINTS[3 * i]);
      file.putShort((short) i).put(new byte[i]);
      file.putShort((short) -7).putFloat((float) POINTS[3 * i + 1]);
    }
    file.putInt(9);
    return Arrays.copyOf(file.array(), file.position());
  }

  private static void assertPoints(byte[] file, String name) {
    assertArrayEquals(POINTS, PointFiles.read(file, name).coordinates());
  }

  @Test
  void binaryPly() {
    assertPoints(binary(ByteOrder.LITTLE_ENDIAN), "a.ply");
    assertPoints(binary(ByteOrder.BIG_ENDIAN), "A.PLY");
  }

  @Test
  void asciiPly() {
    String header = String.format(Locale.ROOT, HEADER, "ascii");
    String body = "3 0 1 1\n0\n2 200 0.5 0 -7 -1\n-8.0 200 3 2 5 5 -7 2.5e-1\n9\n";
    assertPoints(text(header + body), "a.ply");
    assertPoints(text((header + body).replace("\n", "\r\n")), "a.ply");
  }

  @Test
  void xyz() {
    assertPoints(text("# x y z\n0.5 -1 2\n\n  3,0.25,-8, 255 0 0\n"), "a.xyz");
  }

  @Test
  void whatIsWrittenIsRead() {
    assertPoints(Ply.write(new PointSet(POINTS)), "a.ply");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "a.xyz~ 1 2 3|4 5~ a.xyz, line 2: x, y and z are needed, got '4 5'",
        "a.xyz~ 1 2 x~ a.xyz, line 1: 'x' is no number",
        "a.xyz~ 1 2 NaN~ a.xyz has a coordinate of NaN at point 0",
        "a.xyz~ # none~ a.xyz holds no points",
        "a.obj~ v 1 2 3~ a.obj is no file of points: its name must end with one of [.ply, .xyz]",
        "a.ply~ obj|~ a.ply is no PLY file: it does not begin with 'ply'",
        "a.ply~ ply|format ascii 1.0|~ a.ply has no end_header",
        "a.ply~ ply|element vertex 1|end_header|~ a.ply does not say its format",
        "a.ply~ ply|format utf8 1.0|~ a.ply has the format 'utf8 1.0'; ascii 1.0,"
            + " binary_little_endian 1.0 and binary_big_endian 1.0 can be read",
        "a.ply~ ply|format ascii 1.0|element point 1|property float x|end_header|1~"
            + " a.ply has no element vertex",
        "a.ply~ ply|format ascii 1.0|element vertex 1|property float x|property float"
            + " y|end_header|1 2~ a.ply has vertices without a number z",
        "a.ply~ ply|format ascii 1.0|element vertex 1|property half x|end_header|1~ a.ply has"
            + " properties of type 'half', which PLY lacks"
      })
  void badFilesAreNamed(String name, String content, String message) {
    byte[] file = text(content.replace('|', '\n'));
    BadRecordException e =
        assertThrows(BadRecordException.class, () -> PointFiles.read(file, name));
    assertEquals(message, e.getMessage());
  }

  @Test
  void aFileThatIsCutOffIsNamed() {
    byte[] whole = binary(ByteOrder.LITTLE_ENDIAN);
    for (int length = 0; length < whole.length - 4; length++) { // the edge is not read
      byte[] cut = Arrays.copyOf(whole, length);
      BadRecordException e =
          assertThrows(BadRecordException.class, () -> PointFiles.read(cut, "cut.ply"));
      assertEquals(0, e.getMessage().indexOf("cut.ply "));
    }
    String many = "ply\nformat ascii 1.0\nelement vertex 123456789012\nproperty float x\n";
    byte[] file = text(many + "property float y\nproperty float z\nend_header\n1 2 3\n");
    assertEquals(
        "many.ply is to have 123456789012 vertices, but has 6 bytes after its header",
        assertThrows(BadRecordException.class, () -> PointFiles.read(file, "many.ply"))
            .getMessage());
  }
}
