package io.sparkddpm.spark.evaluation.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where labels come from, and what is none. */
class ImageLabelsTest {
  private static final Configuration CONF = new Configuration();
  private static final byte[] PNG = ImageCodec.encodePng(new ByteImage(new byte[12], 3, 2, 2));

  @TempDir private Path temp;
  private int archives;

  private ImageSet open(Map<String, byte[]> files, String suffix) throws IOException {
    Path file = temp.resolve(archives++ + suffix);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return ImageSet.open(CONF, file.toUri());
  }

  /** Three images, with such a dataset.json. */
  private ImageSet json(String labels) throws IOException {
    byte[] json = ("{\"labels\": " + labels + "}").getBytes(StandardCharsets.UTF_8);
    return open(
        Map.of("0/a.png", PNG, "0/b.png", PNG, "0/c.png", PNG, "dataset.json", json), ".zip");
  }

  /** An image, and such a dataset.json as a whole. */
  private ImageSet whole(String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return open(Map.of("0/a.png", PNG, "dataset.json", bytes), ".zip");
  }

  private ImageSet npz(String name, byte[] labels) throws IOException {
    byte[] images = Npy.write(NpyArray.of(new byte[3 * 12], 3, 2, 2, 3));
    return open(Map.of("arr_0.npy", images, name + ".npy", labels), ".npz");
  }

  private static Map<String, Integer> labels(ImageSet set) {
    Map<String, Integer> labels = new TreeMap<>();
    for (ImagePart part : set.parts()) {
      part.read(CONF, (name, label, image) -> labels.put(name, label));
    }
    return labels;
  }

  private interface Opening {
    ImageSet open() throws IOException;
  }

  private static void refused(String message, Opening opening) {
    UserException e = assertThrows(UserException.class, opening::open);
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void numbersAndNamesInDatasetJson() throws IOException {
    ImageSet numbers = json("[[\"0/a.png\", 7], [\"0/b.png\", 0], [\"0/c.png\", 2.0]]");
    assertEquals("[7, 0, 2]", labels(numbers).values().toString());
    assertEquals(List.of(), numbers.classNames());
    ImageSet names =
        json("[[\"0/a.png\", \"dog\"], [\"0/b.png\", \"cat\"], [\"0/c.png\", \"dog\"]]");
    assertEquals("[1, 0, 1]", labels(names).values().toString());
    assertEquals(List.of("cat", "dog"), names.classNames());
    UserException e = assertThrows(UserException.class, () -> json("null").requireLabels());
    assertTrue(e.getMessage().startsWith("--per-class: no image of "), e.getMessage());
  }

  @Test
  void whatIsNoLabelInDatasetJsonIsNamed() {
    refused(
        "dataset.json: 0/a.png has the label [1,0,0]; a label is one whole number",
        () -> json("[[\"0/a.png\", [1, 0, 0]]]"));
    for (String wrong : List.of("NaN", "-1", "1.5", "null", "true", "{}", "1e300", "3000000000")) {
      refused(" 0/a.png has the label ", () -> json("[[\"0/a.png\", " + wrong + "]]"));
    }
    refused("0/b.png has the label 3", () -> json("[[\"0/a.png\", \"x\"], [\"0/b.png\", 3]]"));
    refused("its labels must be a list", () -> json("{\"0/a.png\": 3}"));
    refused("each label must be a pair", () -> json("[3, 4, 5]"));
    refused("has a label for \"a.png\", which is not there", () -> json("[[\"a.png\", 3]]"));
    refused("has two labels for", () -> json("[[\"0/a.png\", 3], [\"0/a.png\", 4]]"));
    refused("dataset.json cannot be read", () -> json("[[\"0/a.png\", "));
  }

  @Test
  void whatIsNoObjectWithLabelsIsRefused() {
    String list = "[[\"0/a.png\", 1]]";
    refused("must hold {\"labels\": [[\"file\", 3], …]}, got [[", () -> whole(list));
    refused("must hold {\"labels\": [[\"file\", 3], …]}, got nothing", () -> whole(""));
    refused("dataset.json cannot be read: Trailing token", () -> whole("{\"labels\": null} 1"));
    String twice = "{\"labels\": null, \"labels\": " + list + "}";
    refused("dataset.json cannot be read: Duplicate field 'labels'", () -> whole(twice));
  }

  @Test
  void imagesWithoutALabelAmongOthersAreCounted() throws IOException {
    ImageSet some = json("[[\"0/b.png\", 1]]");
    UserException e = assertThrows(UserException.class, some::requireLabels);
    assertTrue(e.getMessage().startsWith("--per-class: 2 of the 3 images of file:"), e + "");
    assertTrue(e.getMessage().endsWith("have no label"), e + "");
  }

  @Test
  void imagesBesideFoldersAreRefusedUnlessAFileLabelsThem() throws IOException {
    Map<String, byte[]> files = new TreeMap<>(Map.of("cat/1.png", PNG, "stray.png", PNG));
    Path folder = Files.createDirectories(temp.resolve("mixed/cat")).getParent();
    Files.write(folder.resolve("cat/1.png"), PNG);
    Files.write(folder.resolve("stray.png"), PNG);
    String message = "holds files (stray.png) beside folders (cat): put every image into";
    refused(message, () -> open(files, ".zip"));
    refused(message, () -> ImageSet.open(CONF, folder.toUri()));
    byte[] json =
        "{\"labels\": [[\"cat/1.png\", 1], [\"stray.png\", 0]]}".getBytes(StandardCharsets.UTF_8);
    files.put("dataset.json", json);
    Files.write(folder.resolve("dataset.json"), json);
    assertEquals("[1, 0]", labels(open(files, ".zip")).values().toString());
    assertEquals("[1, 0]", labels(ImageSet.open(CONF, folder.toUri())).values().toString());
  }

  @Test
  void archivesOfWindowsAndAbsoluteOnesHaveFoldersToo() throws IOException {
    for (String root : List.of("", "C:\\pets\\", "\\")) {
      ImageSet set =
          open(
              Map.of(root + "cat\\1.png", PNG, root + "dog\\2.png", PNG, root + "..\\3.png", PNG),
              ".zip");
      assertEquals("[0, 1]", labels(set).values().toString());
      assertEquals(List.of("cat", "dog"), set.classNames());
      assertTrue(set.warnings().get(0).contains("a name that leads out of the archive"));
    }
    ImageSet absolute = open(Map.of("/a/cat/1.png", PNG, "/a/dog/2.png", PNG), ".zip");
    assertEquals(List.of("cat", "dog"), absolute.classNames());
    ImageSet slashes = open(Map.of("pets/a\\b.png", PNG, "pets/c.png", PNG), ".zip");
    assertEquals(List.of(), slashes.classNames()); // a backslash is a character of a name here
    refused(
        "which are one place; which of them is meant?",
        () -> open(Map.of("cat/1.png", PNG, "./cat/1.png", PNG), ".zip"));
  }

  @Test
  void arraysOfLabelsByAnyOfTheirNames() throws IOException {
    for (String name : List.of("arr_1", "labels", "label", "y")) {
      byte[] numbers = Npy.write(NpyArray.of(new float[] {2, 0, 1}, 3));
      assertEquals("[2, 0, 1]", labels(npz(name, numbers)).values().toString());
    }
    byte[] letters = new byte[12];
    letters[0] = 'b';
    letters[4] = 'a';
    letters[8] = 'b';
    byte[] texts =
        new String(Npy.write(NpyArray.of(letters, 12)), StandardCharsets.ISO_8859_1)
            .replace("|u1", "<U1")
            .replace("(12,)", "(3,) ")
            .getBytes(StandardCharsets.ISO_8859_1);
    ImageSet named = npz("y", texts);
    assertEquals("[1, 0, 1]", labels(named).values().toString());
    assertEquals(List.of("a", "b"), named.classNames());
    UserException e =
        assertThrows(
            UserException.class,
            () -> npz("class", Npy.write(NpyArray.of(new byte[3], 3))).requireLabels());
    assertTrue(
        e.getMessage().contains("labels may be in the arrays arr_1, labels, label, y"), e + "");
  }

  @Test
  void whatIsNoLabelInAnArrayIsNamed() {
    refused(
        "image 1 has the label NaN",
        () -> npz("y", Npy.write(NpyArray.of(new float[] {1, Float.NaN, 2}, 3))));
    refused(
        "image 2 has the label -1.0",
        () -> npz("arr_1", Npy.write(NpyArray.of(new double[] {0, 1, -1}, 3))));
    refused(
        "but has shape [3, 2]; of one-hot labels save argmax",
        () -> npz("labels", Npy.write(NpyArray.of(new float[6], 3, 2))));
  }

  @Test
  void foldersAreClassesInFoldersAndArchives() throws IOException {
    List<String> names = new ArrayList<>(List.of("cat/1.png", "dog/2.png", "dog/deep/3.png"));
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : names) {
      Path file = temp.resolve("pets").resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, PNG);
      files.put("pets/" + name, PNG);
    }
    for (ImageSet set :
        List.of(ImageSet.open(CONF, temp.resolve("pets").toUri()), open(files, ".zip"))) {
      assertEquals("[0, 1, 1]", labels(set).values().toString());
      assertEquals(List.of("cat", "dog"), set.classNames());
    }
    String json = "{\"labels\": [[\"cat/1.png\", 5]]}";
    Files.writeString(temp.resolve("pets/dataset.json"), json);
    ImageSet labelled = ImageSet.open(CONF, temp.resolve("pets").toUri());
    assertEquals("[5, -1, -1]", labels(labelled).values().toString());
    assertEquals(List.of(), labelled.warnings());
  }
}
