package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.BadImageException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.input.Mutants;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files that the {@code datasets} library wrote, of {@code DDPM_TEST_DATA}. */
class HuggingFaceSourceTest extends ShardFixture {
  private static ShardConfig config(int size, int badLimit, String label, boolean mix) {
    return new ShardConfig(
        new HuggingFaceSource("", label), size, ResizeFilter.AREA, 60, badLimit, mix);
  }

  private ShardJob job(Path input, String output, ShardConfig config) {
    return job(List.of(input.toUri()), output, config);
  }

  @Test
  void rowsAreThoseOfCifar10InTheirOrder() throws IOException {
    ShardJob.Result result =
        job(TestData.file("hf/cifar10"), "out", config(32, 0, "", false)).run();
    assertEquals(200, result.images());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals(Cifar10.CLASS_NAMES, dataset.classNames());
    assertHolds(cifar10(200), dataset);
  }

  /** A folder of classes numbers them by their sorted names, as CIFAR-10's are. */
  @Test
  void aFolderOfTheSameImagesHasTheSameContent() throws IOException {
    List<LabelledImage> records = cifar10(200);
    for (int i = 0; i < records.size(); i++) {
      Path file = temp.resolve(String.format(Locale.ROOT, "folder/%06d.png", i));
      Files.createDirectories(file.getParent());
      Files.write(file, ImageCodec.encodePng(records.get(i).image()));
    }
    Path parquet = TestData.file("hf/cifar10");
    ShardJob.Result rows = job(parquet, "rows", config(32, 0, "none", false)).run();
    ShardConfig folder = new ShardConfig(new FolderSource(), 32, ResizeFilter.AREA, 70, 0, false);
    ShardJob.Result files = job(temp.resolve("folder"), "files", folder).run();
    assertEquals(files.content(), rows.content());
    ShardJob.Result mixed = job(parquet, "mixed", config(32, 0, "none", true)).run();
    assertNotEquals(rows.content(), mixed.content());
    assertEquals(200, mixed.images());
    assertEquals(
        mixed.fingerprint(),
        job(parquet, "again", config(32, 0, "none", true)).partitions(1).run().fingerprint());
    assertTrue(job(parquet, "mixed", config(32, 0, "none", true)).run().skipped());
    contains(
        "shard.label-column was none, now at its default",
        refused(job(parquet, "mixed", config(32, 0, "", true))));
  }

  @Test
  void jpegGreyAndOtherSizesAreDecoded() throws IOException {
    Map<String, NpyArray> expected;
    try (InputStream in = Files.newInputStream(TestData.file("hf/mixed/decoded.npz"))) {
      expected = Npz.read(in, "decoded.npz");
    }
    ImageSet set = ImageSet.open(conf, TestData.file("hf/mixed").toUri());
    assertEquals(20, set.images());
    assertEquals(Cifar10.CLASS_NAMES, set.classNames());
    List<Integer> labels = new ArrayList<>();
    set.parts()
        .forEach(
            part ->
                part.read(
                    conf,
                    (name, label, image) -> {
                      String key = String.format(Locale.ROOT, "image/%02d", labels.size());
                      int most = labels.size() % 2 == 0 ? 0 : 2;
                      assertTrue(difference(expected.get(key), image) <= most, name);
                      labels.add(label);
                    }));
    double[] stored = expected.get("label").toDoubles();
    for (int i = 0; i < labels.size(); i++) {
      assertEquals((int) stored[i], (int) labels.get(i));
    }
  }

  private static int difference(NpyArray expected, ByteImage image) {
    int[] shape = expected.shape();
    int channels = shape.length == 2 ? 1 : shape[2];
    assertEquals(shape[0], image.height());
    assertEquals(shape[1], image.width());
    int area = image.height() * image.width();
    int largest = 0;
    for (int p = 0; p < area; p++) {
      for (int c = 0; c < 3; c++) {
        int then = expected.data()[p * channels + Math.min(c, channels - 1)] & 0xFF;
        largest = Math.max(largest, Math.abs(then - (image.data()[c * area + p] & 0xFF)));
      }
    }
    return largest;
  }

  @Test
  void whatHasNoImageOrLabelIsBadAndNamed() {
    Path nulls = TestData.file("hf/null_row");
    contains(
        "null_row/data/train-00000-of-00001.parquet#3 has no image",
        refused(job(nulls, "out", config(32, 0, "", false))));
    ShardJob.Result left = job(nulls, "out", config(32, 2, "", false)).run();
    assertEquals(6, left.images());
    contains("#3 has no image", left.badImages().get(0));
    contains("#5 has no label, but there are classes", left.badImages().get(1));
    assertEquals(7, job(nulls, "none", config(32, 1, "none", false)).run().images());
    Path external = TestData.file("hf/external_path");
    ShardJob.Result paths = job(external, "paths", config(32, 1, "", false)).run();
    contains("#2 has no image, only the path images/external_0002.png", paths.badImages().get(0));
    ImageSet set = ImageSet.open(conf, external.toUri());
    UserException e =
        assertThrows(
            UserException.class,
            () -> set.parts().forEach(part -> part.read(conf, (name, label, image) -> {})));
    contains("#2 has no image", e.getMessage());
  }

  @Test
  void aDirectoryWithSeveralSplitsGivesItsTrainingFiles() throws IOException {
    Path from = TestData.file("hf/cifar10/plain_text");
    Path data = Files.createDirectories(temp.resolve("splits"));
    Files.copy(
        from.resolve("train-00000-of-00002.parquet"), data.resolve("train-00000-of-00001.parquet"));
    Files.copy(
        from.resolve("train-00001-of-00002.parquet"), data.resolve("test-00000-of-00001.parquet"));
    ShardJob.Result result = job(data, "out", config(32, 0, "", true)).run();
    assertEquals(100, result.images());
    contains(
        "took 1 files of the split train, passed over others (test=1)", result.warnings().get(0));
    Files.move(
        data.resolve("train-00000-of-00001.parquet"),
        data.resolve("validation-00000-of-00001.parquet"));
    contains(
        "holds several splits (test=1, validation=1)",
        refused(job(data, "other", config(32, 0, "", true))));
  }

  @Test
  void otherFilesAreRefusedByName() throws IOException {
    Path file = Files.writeString(temp.resolve("a.parquet"), "PAR1 no such file PAR1");
    contains(
        "a.parquet cannot be read as Parquet", refused(job(file, "out", config(32, 0, "", true))));
    job(TestData.file("hf/mixed"), "dataset", config(8, 0, "", true)).run();
    Path shard = temp.resolve("dataset/part-00000.parquet");
    contains(
        "has no column of images (bytes and path)",
        refused(job(shard, "out", config(32, 0, "", true))));
    contains(
        "shard.format.label-column must be one of its columns [label], got kind",
        refused(job(TestData.file("hf/mixed"), "out", config(32, 0, "kind", true))));
  }

  /**
   * Bytes that a read may take: all that is claimed outside of pages is compared with the file, but
   * Parquet's decoder of repeated values allocates what a run inside one claims, up to the heap.
   */
  private static final long RUNS = 4L << 30;

  /** Pages without checksums may give other images, which their own decoder judges. */
  @Test
  @Timeout(300) // only a hang takes as long
  void damagedFilesEndInImagesOrARefusal() throws IOException {
    Path file = TestData.file("hf/external_path/data/train-00000-of-00001.parquet");
    Path copy = temp.resolve("mutant.parquet");
    HuggingFaceSource source = new HuggingFaceSource();
    Mutants.forEach(
        "Hugging Face's Parquet",
        Files.readAllBytes(file),
        RUNS,
        mutant -> {
          Files.write(copy, mutant);
          ImageDecoder decoder = new ImageDecoder(1 << 24);
          for (SourceSlice slice : slices(source.list(conf, List.of(copy.toUri())))) {
            source.read(conf, slice, raw -> decode(source, raw, decoder));
          }
        });
  }

  private static void decode(HuggingFaceSource source, RawRecord raw, ImageDecoder decoder) {
    try {
      source.decode(raw, decoder);
    } catch (BadImageException e) {
      contains("mutant.parquet#", e.getMessage());
    }
  }
}
