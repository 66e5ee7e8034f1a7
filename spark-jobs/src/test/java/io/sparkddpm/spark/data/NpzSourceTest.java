package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.input.Zips;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Arrays of images in .npz and .npy files. */
class NpzSourceTest extends ShardFixture {
  private static final int IMAGES = 150;

  /** One class after the other, as a folder of class folders lists them. */
  private static final List<LabelledImage> SHAPES = new ArrayList<>();

  @BeforeAll
  static void draw() {
    IntStream.range(0, IMAGES).forEach(i -> SHAPES.add(ShapesImages.draw(4, i)));
    SHAPES.sort(Comparator.comparingInt(LabelledImage::label));
  }

  private static ShardConfig npz(String image, String label) {
    return config(new NpzSource(image, label));
  }

  private static ShardConfig config(RecordSource format) {
    return new ShardConfig(format, 32, ResizeFilter.AREA, 40, 0, false);
  }

  private ShardJob.Result shard(URI input, ShardConfig config, String output) {
    return job(List.of(input), output, config).run();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  /** [N, H, W, C] of [C, H, W] each. */
  private static NpyArray pixels(List<ByteImage> images) {
    int channels = images.get(0).channels();
    int area = images.get(0).height() * images.get(0).width();
    byte[] all = new byte[images.size() * area * channels];
    for (int i = 0; i < images.size(); i++) {
      for (int p = 0; p < area; p++) {
        for (int c = 0; c < channels; c++) {
          all[(i * area + p) * channels + c] = images.get(i).data()[c * area + p];
        }
      }
    }
    return NpyArray.of(all, images.size(), images.get(0).height(), images.get(0).width(), channels);
  }

  private static NpyArray shapes() {
    return pixels(SHAPES.stream().map(LabelledImage::image).toList());
  }

  private static NpyArray labels() {
    return NpyArray.of(SHAPES.stream().mapToDouble(LabelledImage::label).toArray(), IMAGES);
  }

  private static byte[] npz(String stored, Map<String, NpyArray> arrays) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    arrays.forEach((name, array) -> files.put(name + ".npy", Npy.write(array)));
    return Zips.zip(files, stored);
  }

  /** numpy's text array of fixed width. */
  private static byte[] texts(List<String> texts) {
    int width = texts.stream().mapToInt(String::length).max().getAsInt();
    StringBuilder padded = new StringBuilder();
    texts.forEach(t -> padded.append(t).append("\0".repeat(width - t.length())));
    byte[] bytes = padded.toString().getBytes(StandardCharsets.ISO_8859_1);
    String plain =
        new String(Npy.write(NpyArray.of(bytes, bytes.length)), StandardCharsets.ISO_8859_1);
    String descriptor = "|S" + width;
    String shape = "(" + texts.size() + ",)";
    String header = plain.substring(0, plain.length() - bytes.length);
    String changed =
        header.replace("|u1", descriptor).replace("(" + bytes.length + ",)", shape).stripTrailing();
    String filled = changed + " ".repeat(header.length() - changed.length() - 1) + "\n";
    return (filled + padded).getBytes(StandardCharsets.ISO_8859_1);
  }

  private String refused(Path input) {
    return refused(job(List.of(input.toUri()), "refused", npz("", "")));
  }

  /** Stored, compressed, or an .npy file: the records of a folder of the same images. */
  @Test
  void recordsAreThoseOfAFolder() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      String name = String.format(Locale.ROOT, "folder/%d/%03d.png", SHAPES.get(i).label(), i);
      write(name, ImageCodec.encodePng(SHAPES.get(i).image()));
    }
    ShardJob.Result folder = shard(uri("folder"), config(new FolderSource()), "folder-set");
    Map<String, NpyArray> arrays = Map.of("arr_0", shapes(), "arr_1", labels());
    Path stored = write("stored.npz", npz("arr_0", arrays));
    ShardJob.Result first = shard(stored.toUri(), npz("", ""), "stored");
    assertEquals(folder.content(), first.content());
    Path packed = write("packed.npz", npz("arr_1", arrays));
    assertEquals(folder.content(), shard(packed.toUri(), npz("", ""), "packed").content());
    write("files/shapes.npy", Npy.write(shapes()));
    write("files/labels.npy", Npy.write(labels()));
    assertEquals(folder.content(), shard(uri("files"), npz("", ""), "files-set").content());
    ShardJob.Result spread =
        job(List.of(stored.toUri()), "spread", npz("", "")).partitions(1).run();
    assertEquals(first.fingerprint(), spread.fingerprint());
  }

  @Test
  void labelsMayBeNamesAndArraysAreChosen() throws IOException {
    List<String> kinds = SHAPES.stream().map(s -> "kind " + s.label()).toList();
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("train_images.npy", Npy.write(shapes()));
    files.put("kinds.npy", texts(kinds));
    files.put("other.npy", Npy.write(labels()));
    Path npz = write("a.npz", Zips.zip(files, "train"));
    shard(npz.toUri(), npz("train_images", "kinds"), "names");
    Dataset dataset = Dataset.open(conf, uri("names"));
    assertEquals(kinds.stream().distinct().toList(), dataset.classNames());
    assertHolds(SHAPES, dataset);
    shard(npz.toUri(), npz("", "none"), "none");
    assertEquals(List.of(), Dataset.open(conf, uri("none")).classNames());
  }

  /** Arrays of several files are of the same classes, by their names. */
  @Test
  void classesOfSeveralFilesAreNumberedTogether() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<URI> inputs = new ArrayList<>();
    for (String name : List.of("zebra", "ant")) {
      files.put("arr_0.npy", Npy.write(pixels(List.of(SHAPES.get(0).image()))));
      files.put("labels.npy", texts(List.of(name)));
      inputs.add(write(name + ".npz", Zips.zip(files, "arr_0")).toUri());
    }
    job(inputs, "both", npz("", "")).run();
    Dataset dataset = Dataset.open(conf, uri("both"));
    assertEquals(List.of("ant", "zebra"), dataset.classNames());
    assertEquals(1, ShardReader.read(conf, dataset, 0).labels()[0]);
    inputs.add(write("plain.npz", npz("arr_0", Map.of("arr_0", shapes()))).toUri());
    contains(
        "zebra.npz has names, " + temp.resolve("plain.npz").toUri() + " has no labels",
        refused(job(inputs, "refused", npz("", ""))));
  }

  @Test
  void greyImagesBecomeRgb() throws IOException {
    byte[] grey = new byte[32 * 32];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) i;
    }
    ByteImage image = new ByteImage(grey, 1, 32, 32);
    Path file = write("grey.npy", Npy.write(pixels(List.of(image))));
    shard(file.toUri(), npz("", ""), "grey");
    Dataset dataset = Dataset.open(conf, uri("grey"));
    byte[] stored = ShardReader.read(conf, dataset, 0).payload();
    assertEquals(3 * grey.length, stored.length);
    IntStream.range(0, stored.length).forEach(i -> assertEquals(grey[i % 1024], stored[i]));
  }

  @Test
  void fidTakesTheSameFiles() throws IOException {
    write("set/shapes.npy", Npy.write(shapes()));
    write("set/labels.npy", Npy.write(labels()));
    ImageSet set = ImageSet.open(conf, uri("set"));
    assertEquals(IMAGES, set.images());
    set.requireLabels();
    assertEquals(List.of(), set.classNames());
    List<Integer> labels = new ArrayList<>();
    set.parts().forEach(p -> p.read(conf, (name, label, image) -> labels.add(label)));
    assertEquals(SHAPES.stream().map(LabelledImage::label).toList(), labels);
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    Path floats = write("floats.npy", Npy.write(labels()));
    contains("must hold images as bytes [N, H, W, 3]", refused(floats));
    write("short/shapes.npy", Npy.write(shapes()));
    write("short/labels.npy", Npy.write(NpyArray.of(new double[] {1, 2}, 2)));
    contains(
        "a label for each of the 150 images, but has shape [2]", refused(temp.resolve("short")));
    Path negative =
        write(
            "negative.npz",
            npz(
                "arr_0",
                Map.of(
                    "arr_0", pixels(List.of(SHAPES.get(0).image())),
                    "y", NpyArray.of(new double[] {-1}, 1))));
    contains("negative.npz[y]: image 0 has the label -1.0", refused(negative));
    byte[] whole = npz("arr_0", Map.of("arr_0", shapes()));
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 1;
    contains("has CRC-32", refused(write("damaged.npz", damaged)));
    byte[] npy = Npy.write(shapes());
    contains(
        "its header claims 460800 bytes of elements",
        refused(write("cut.npy", Arrays.copyOf(npy, npy.length - 1))));
    contains(
        "has no array pictures, which should hold the images; it has [arr_0.npy]",
        assertThrows(
                UserException.class,
                () -> shard(write("b.npz", whole).toUri(), npz("pictures", ""), "refused"))
            .getMessage());
    contains("holds labels alone", refused(write("labels.npy", Npy.write(labels()))));
  }
}
