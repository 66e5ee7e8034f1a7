package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.image.BadImageException;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.input.Mutants;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tar files of {@code DDPM_TEST_DATA}, and some that are made here. */
class WebDatasetSourceTest extends ShardFixture {
  private static ShardConfig config(String label, int badLimit) {
    return new ShardConfig(
        new WebDatasetSource("", label), 32, ResizeFilter.AREA, 70, badLimit, false);
  }

  private String refused(Path input) {
    return refused(job(List.of(input.toUri()), "refused", config("", 0)));
  }

  /** Name and content in turn. */
  private Path tar(String name, String... members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int i = 0; i < members.length; i += 2) {
        byte[] content = members[i + 1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(members[i]);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return Files.write(temp.resolve(name), bytes.toByteArray());
  }

  /** Sample i is record i, whichever of its members comes last. */
  @Test
  void samplesAreThoseOfCifar10InTheirOrder() throws IOException {
    List<URI> shards = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      shards.add(TestData.file("webdataset/cifar10-train-00000" + i + ".tar").toUri());
    }
    ShardJob.Result result = job(shards, "out", config("", 0)).run();
    assertEquals(200, result.images());
    Dataset dataset = Dataset.open(conf, uri("out"));
    assertEquals("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", dataset.classNames().toString());
    assertHolds(cifar10(200), dataset);
    ShardConfig parquet =
        new ShardConfig(new HuggingFaceSource(), 32, ResizeFilter.AREA, 30, 0, false);
    assertEquals(
        result.content(),
        job(List.of(TestData.file("hf/cifar10").toUri()), "rows", parquet).run().content());
  }

  @Test
  void oddNamesAreTakenAsTheConventionHasThem() throws IOException {
    Path file = TestData.file("webdataset/odd-000000.tar");
    JsonNode expected =
        new ObjectMapper().readTree(TestData.file("webdataset/odd-000000.samples.json").toFile());
    Map<String, NpyArray> pixels;
    try (InputStream in =
        Files.newInputStream(TestData.file("webdataset/odd-000000.decoded.npz"))) {
      pixels = Npz.read(in, "decoded.npz");
    }
    WebDatasetSource source = new WebDatasetSource();
    List<RawRecord> records = new ArrayList<>();
    SourceListing listing = source.list(conf, List.of(file.toUri()));
    for (SourceSlice slice : slices(listing)) {
      source.read(conf, slice, records::add);
    }
    assertEquals(expected.size(), records.size());
    contains(
        "took 9 samples, passed over 1 without an image (train/n02/noimage.cls)",
        listing.warnings().get(0));
    for (int i = 0; i < records.size(); i++) {
      RawRecord raw = records.get(i);
      JsonNode sample = expected.get(i);
      contains(sample.get("key").asText() + ".", raw.source());
      if (sample.get("label").isNull()) {
        contains("has no label, but others have", raw.problem());
      } else {
        LabelledImage image = source.decode(raw, new ImageDecoder(1 << 24));
        assertEquals(sample.get("label").asInt(), image.label());
        assertNear(pixels.get(String.format(Locale.ROOT, "%02d", i)), image);
      }
    }
    assertEquals(8, job(List.of(file.toUri()), "left", config("", 1)).run().images());
    assertEquals(9, job(List.of(file.toUri()), "all", config("none", 0)).run().images());
  }

  private static void assertNear(NpyArray expected, LabelledImage image) {
    int area = image.image().height() * image.image().width();
    for (int p = 0; p < area; p++) {
      for (int c = 0; c < 3; c++) {
        int now = image.image().data()[c * area + p] & 0xFF;
        assertTrue(Math.abs((expected.data()[3 * p + c] & 0xFF) - now) <= 2); // JPEG
      }
    }
  }

  @Test
  void longNamesOfGnuAreRead() {
    ImageSet set = ImageSet.open(conf, TestData.file("webdataset/gnu-000000.tar").toUri());
    List<String> names = new ArrayList<>();
    set.parts().forEach(p -> p.read(conf, (name, label, image) -> names.add(name)));
    assertEquals(5, names.size());
    assertTrue(names.get(4).endsWith("_very_long_folder_name_/000504.png"), names.get(4));
  }

  @Test
  void damageIsAnErrorAndNeverASilentEnd() throws IOException {
    contains(
        "damaged-cut.tar is a damaged tar file: it ends at byte 210141, inside of 000040.png",
        refused(TestData.file("webdataset/damaged-cut.tar")));
    contains(
        "damaged-header.tar is a damaged tar file: the checksum of the header at byte 51712 is",
        refused(TestData.file("webdataset/damaged-header.tar")));
    byte[] whole = Files.readAllBytes(TestData.file("webdataset/cifar10-train-000000.tar"));
    byte[] zeroed = whole.clone();
    Arrays.fill(zeroed, 51712, 51712 + 512, (byte) 0);
    contains(
        "the block at byte 51712 is zeros, but more follows",
        refused(Files.write(temp.resolve("zeroed.tar"), zeroed)));
    int content = Math.toIntExact(end(whole));
    contains(
        "without a mark of its end",
        refused(Files.write(temp.resolve("unmarked.tar"), Arrays.copyOf(whole, content))));
    byte[] joined = Arrays.copyOf(whole, 2 * whole.length);
    System.arraycopy(whole, 0, joined, whole.length, whole.length);
    contains("but more follows", refused(Files.write(temp.resolve("joined.tar"), joined)));
    Path gzip = temp.resolve("a.tar");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
      out.write(whole);
    }
    contains("a.tar is compressed by gzip: unpack it with gunzip", refused(gzip));
  }

  /** Where the last block that is not zeros ends. */
  private static long end(byte[] tar) {
    int last = tar.length - 1;
    while (tar[last] == 0) {
      last--;
    }
    return (last / 512 + 1) * 512L;
  }

  @Test
  void labelsMayBeInJsonAndNamesInAFile() throws IOException {
    Path tar = tar("a.tar", "x.png", "no image", "x.json", "{\"label\": 1, \"kind\": 0}");
    Files.writeString(temp.resolve("classnames.txt"), "cat\ndog\n");
    WebDatasetSource source = new WebDatasetSource();
    SourceListing listing = source.list(conf, List.of(tar.toUri()));
    assertEquals(List.of("cat", "dog"), listing.classNames());
    List<Integer> labels = new ArrayList<>();
    source.read(conf, slices(listing).get(0), raw -> labels.add(raw.label()));
    RecordSource other = new WebDatasetSource("", "kind");
    other.read(
        conf,
        slices(other.list(conf, List.of(tar.toUri()))).get(0),
        raw -> labels.add(raw.label()));
    assertEquals(List.of(1, 0), labels);
    Files.writeString(temp.resolve("classnames.txt"), "cat\n");
    contains("classnames.txt must name the classes 0 to 1", refused(tar));
    List<String> many = IntStream.range(0, 20_000).mapToObj(i -> "class " + i).toList();
    Files.write(temp.resolve("classnames.txt"), many);
    assertEquals(many, source.list(conf, List.of(tar.toUri())).classNames());
    Files.delete(temp.resolve("classnames.txt"));
    contains(
        "sample x has two members .cls",
        refused(tar("b.tar", "x.png", "", "x.cls", "1", "x.cls", "1")));
    contains("holds no sample with an image", refused(tar("c.tar", "x.cls", "1")));
    contains(
        "c.tar/y.png has the label three in its .cls",
        refused(tar("c.tar", "y.png", "", "y.cls", "three")));
  }

  @Test
  @Timeout(300) // only a hang takes as long
  void damagedFilesEndInImagesOrARefusal() throws IOException {
    Path copy = temp.resolve("mutant.tar");
    WebDatasetSource source = new WebDatasetSource();
    ImageDecoder decoder = new ImageDecoder(1 << 24);
    Mutants.forEach(
        "tar",
        Files.readAllBytes(TestData.file("webdataset/odd-000000.tar")),
        16L << 20,
        mutant -> {
          Files.write(copy, mutant);
          for (SourceSlice slice : slices(source.list(conf, List.of(copy.toUri())))) {
            source.read(
                conf,
                slice,
                raw -> {
                  try {
                    source.decode(raw, decoder);
                  } catch (BadImageException e) {
                    contains("mutant.tar/", e.getMessage());
                  }
                });
          }
        });
  }
}
