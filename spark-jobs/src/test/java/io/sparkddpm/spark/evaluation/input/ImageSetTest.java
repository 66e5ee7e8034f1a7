package io.sparkddpm.spark.evaluation.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.evaluation.features.DecodingSink;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of place that images are read from; they come out the same. */
class ImageSetTest {
  private static final Configuration CONF = new Configuration();

  @TempDir private Path temp;

  private static ByteImage image(int n, int channels, int height, int width) {
    byte[] planes = new byte[channels * height * width];
    RandomStream random = RandomStream.of(3, Purpose.SHAPES, n);
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (byte) random.nextInt(256);
    }
    return new ByteImage(planes, channels, height, width);
  }

  private static List<ByteImage> read(ImageSet set) {
    List<ByteImage> images = new ArrayList<>();
    for (ImagePart part : set.parts()) {
      long before = images.size();
      part.read(CONF, (name, label, image) -> images.add(image.toRgb()));
      assertEquals(part.images(), images.size() - before);
    }
    return images;
  }

  private static byte[] interleaved(ByteImage image) {
    int area = image.height() * image.width();
    byte[] pixels = new byte[image.data().length];
    for (int c = 0; c < image.channels(); c++) {
      for (int p = 0; p < area; p++) {
        pixels[p * image.channels() + c] = image.data()[c * area + p];
      }
    }
    return pixels;
  }

  @Test
  void numpyArraysStoredAndCompressed() throws IOException {
    int count = 600; // more than two parts
    List<ByteImage> images = new ArrayList<>();
    byte[] all = new byte[count * 5 * 4 * 3];
    for (int n = 0; n < count; n++) {
      images.add(image(n, 3, 5, 4));
      System.arraycopy(interleaved(images.get(n)), 0, all, n * 60, 60);
    }
    Path compressed = temp.resolve("compressed.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(compressed))) {
      writer.add("arr_0", NpyArray.of(all, count, 5, 4, 3));
      writer.add("arr_1", NpyArray.of(new byte[count], count)); // labels, as guided-diffusion
    }
    Path stored = temp.resolve("stored.npz");
    zip(stored, true, List.of("arr_1.npy", "arr_0.npy"), entriesOf(compressed));
    for (Path file : List.of(compressed, stored)) {
      ImageSet set = ImageSet.open(CONF, file.toUri());
      assertEquals("npz", set.kind());
      assertEquals(count, set.images());
      assertEquals(3, set.parts().size());
      assertEquals(images, read(set));
    }
  }

  private static List<byte[]> entriesOf(Path npz) throws IOException {
    List<byte[]> contents = new ArrayList<>();
    try (ZipArchive zip = new ZipArchive(Files.newByteChannel(npz), npz.toString())) {
      for (ZipArchive.Entry entry : zip.entries()) {
        contents.add(0, zip.read(entry));
      }
    }
    return contents;
  }

  private static void zip(Path file, boolean stored, List<String> names, List<byte[]> contents)
      throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < names.size(); i++) {
        ZipEntry entry = new ZipEntry(names.get(i));
        if (stored) {
          CRC32 crc = new CRC32();
          crc.update(contents.get(i));
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(contents.get(i).length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(contents.get(i));
      }
    }
  }

  @Test
  void zipsOfManyImagesOfManySizesEqualTheirFolder() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("images"));
    List<String> names = new ArrayList<>();
    List<byte[]> files = new ArrayList<>();
    List<ByteImage> expected = new ArrayList<>();
    for (int n = 0; n < 300; n++) {
      ByteImage image = image(n, n % 7 == 0 ? 1 : 3, 2 + n % 3, 3);
      expected.add(image.toRgb());
      names.add(String.format(Locale.ROOT, "%05d/img%08d.png", n / 100, n));
      files.add(ImageCodec.encodePng(image));
      Path file = folder.resolve(names.get(n));
      Files.createDirectories(file.getParent());
      Files.write(file, files.get(n));
    }
    names.add("dataset.json");
    files.add("{}".getBytes(StandardCharsets.UTF_8));
    Path stored = temp.resolve("stored.zip");
    Path deflated = temp.resolve("deflated.ZIP");
    zip(stored, true, names, files);
    zip(deflated, false, names, files);
    assertEquals(expected, read(ImageSet.open(CONF, folder.toUri())));
    assertEquals(expected, read(ImageSet.open(CONF, stored.toUri())));
    ImageSet set = ImageSet.open(CONF, deflated.toUri());
    assertEquals(expected, read(set));
    assertEquals("zip", set.kind());
    assertEquals(2, set.parts().size());
    assertEquals(List.of(), set.warnings());
  }

  /** More entries than 16 bits count, for which the directory has another form. */
  @Test
  void zipsOfMoreThan65535Files() throws IOException {
    Path file = temp.resolve("many.zip");
    byte[] png = ImageCodec.encodePng(image(1, 1, 1, 1));
    int count = 65_700;
    String[] names = new String[count];
    byte[][] contents = new byte[count][];
    Arrays.setAll(names, n -> n + ".png");
    Arrays.fill(contents, png);
    zip(file, true, List.of(names), List.of(contents));
    ImageSet set = ImageSet.open(CONF, file.toUri());
    assertEquals(count, set.images());
    ImagePart last = set.parts().get(set.parts().size() - 1);
    List<String> seen = new ArrayList<>();
    last.read(CONF, (name, label, image) -> seen.add(name));
    assertTrue(seen.get(seen.size() - 1).endsWith("many.zip, 65699.png"), seen.toString());
  }

  @Test
  void jpegGetsAWarningAndTransparencyIsRefused() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("images"));
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(picture, "jpg", jpeg));
    Files.write(folder.resolve("a.jpeg"), jpeg.toByteArray());
    Files.write(folder.resolve("b.png"), ImageCodec.encodePng(image(2, 3, 8, 8)));
    ImageSet set = ImageSet.open(CONF, folder.toUri());
    List<String> warnings = set.warnings(new ImageTally(2, 1, 0));
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("1 of 2 files are JPEG"), warnings.get(0));

    File transparent = folder.resolve("c.png").toFile();
    ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB), "png", transparent);
    UserException e =
        assertThrows(UserException.class, () -> read(ImageSet.open(CONF, folder.toUri())));
    assertTrue(e.getMessage().contains("c.png is transparent"), e.getMessage());
  }

  @Test
  void whatTheHeapDoesNotHoldIsRefusedUnread() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("large"));
    byte[] noise = new byte[30_000];
    Files.write(folder.resolve("a.png"), noise);
    zip(temp.resolve("large.zip"), false, List.of("a.png"), List.of(noise));
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(temp.resolve("large.npz")))) {
      writer.add("arr_0", NpyArray.of(noise, 1, 100, 100, 3));
    }
    for (String name : List.of("large", "large.zip", "large.npz")) {
      ImageSet set = ImageSet.open(CONF, temp.resolve(name).toUri());
      DecodingSink task = new DecodingSink(new ImageDecoder(20_000), null);
      UserException e =
          assertThrows(UserException.class, () -> set.parts().get(0).read(CONF, task));
      assertTrue(e.getMessage().contains("has 30000 bytes, too many to be read"), e.getMessage());
      assertTrue(e.getMessage().contains("large"), e.getMessage());
    }
  }

  @Test
  void filesThatChangeAfterTheListingAreNamed() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("changing"));
    Path file = folder.resolve("a.png");
    byte[] png = ImageCodec.encodePng(image(1, 3, 4, 4));
    Files.write(file, png);
    ImagePart part = ImageSet.open(CONF, folder.toUri()).parts().get(0);
    Files.write(file, Arrays.copyOf(png, png.length + 1));
    UserException e =
        assertThrows(UserException.class, () -> part.read(CONF, (name, label, image) -> {}));
    assertTrue(e.getMessage().endsWith("a.png has grown since it was listed"), e.getMessage());
    Files.write(file, Arrays.copyOf(png, png.length - 1));
    e = assertThrows(UserException.class, () -> part.read(CONF, (name, label, image) -> {}));
    assertTrue(e.getMessage().contains("a.png"), e.getMessage());
    Files.delete(file);
    e = assertThrows(UserException.class, () -> part.read(CONF, (name, label, image) -> {}));
    assertTrue(e.getMessage().contains("a.png"), e.getMessage());
  }

  @Test
  void whatHoldsNoImagesIsRefused() throws IOException {
    Path floats = temp.resolve("floats.npz");
    Path statistics = temp.resolve("statistics.npz");
    Path other = temp.resolve("other.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(floats))) {
      writer.add("arr_0", NpyArray.of(new float[48], 1, 4, 4, 3));
    }
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(statistics))) {
      writer.add("mu", NpyArray.of(new double[2], 2));
      writer.add("sigma", NpyArray.of(new double[4], 2, 2));
    }
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(other))) {
      writer.add("x", NpyArray.of(new byte[2], 2));
    }
    byte[] whole = Files.readAllBytes(floats);
    Path cut = Files.write(temp.resolve("cut.zip"), Arrays.copyOf(whole, whole.length / 2));
    Path text = Files.writeString(temp.resolve("images.txt"), "none");
    refused(floats, "arr_0 must hold images as bytes [N, H, W, 3] or [N, H, W, 1], got <f4");
    refused(statistics, "holds statistics");
    refused(other, "has no array arr_0");
    refused(cut, "is not a zip file, or cut off");
    refused(text, "images.txt is a file; images are taken from");
    refused(temp.resolve("nothing"), "nothing does not exist");
  }

  private static void refused(Path place, String message) {
    UserException e = assertThrows(UserException.class, () -> ImageSet.open(CONF, place.toUri()));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void equalContentHasEqualHashes() throws IOException {
    byte[] pixels = interleaved(image(1, 3, 4, 4));
    List<String> hashes = new ArrayList<>();
    for (String name : List.of("one.npz", "two.npz")) {
      try (NpzWriter writer = new NpzWriter(Files.newOutputStream(temp.resolve(name)))) {
        writer.add("arr_0", NpyArray.of(pixels, 1, 4, 4, 3));
      }
      ImageSet set = ImageSet.open(CONF, temp.resolve(name).toUri());
      hashes.add(
          set.parts()
              .get(0)
              .read(CONF, (n, label, i) -> assertArrayEquals(pixels, interleaved(i))));
    }
    assertEquals(hashes.get(0), hashes.get(1));
  }

  private static List<Integer> labels(ImageSet set) {
    List<Integer> labels = new ArrayList<>();
    set.parts().forEach(p -> p.read(CONF, (name, label, image) -> labels.add(label)));
    return labels;
  }

  @Test
  void labelsOfOtherToolsAreRead() throws IOException {
    byte[] pixels = new byte[3 * 4 * 4 * 3];
    Path npz = temp.resolve("labelled.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(npz))) {
      writer.add("arr_0", NpyArray.of(pixels, 3, 4, 4, 3));
      writer.add("arr_1", NpyArray.of(new double[] {7, 0, 2}, 3));
    }
    assertEquals(List.of(7, 0, 2), labels(ImageSet.open(CONF, npz.toUri())));
    Path zip = temp.resolve("labelled.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (int n = 0; n < 2; n++) {
        out.putNextEntry(new ZipEntry("00000/img" + n + ".png"));
        out.write(ImageCodec.encodePng(image(n, 3, 4, 4)));
      }
      out.putNextEntry(new ZipEntry("dataset.json"));
      out.write("{\"labels\": [[\"00000/img1.png\", 5]]}".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(List.of(-1, 5), labels(ImageSet.open(CONF, zip.toUri())));
    Path bad = temp.resolve("bad.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(bad))) {
      writer.add("arr_0", NpyArray.of(pixels, 3, 4, 4, 3));
      writer.add("arr_1", NpyArray.of(new double[] {7}, 1));
    }
    UserException e = assertThrows(UserException.class, () -> ImageSet.open(CONF, bad.toUri()));
    assertTrue(e.getMessage().contains("a label for each of the 3 images"), e.getMessage());
  }
}
