package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Records of any type and shape go into shards and come back; datasets of format 1 are read. */
class ShardFormatTest {
  private static final Configuration CONF = new Configuration();
  private static final int RECORDS = 37;

  @TempDir private Path temp;

  static Stream<RecordLayout> layouts() {
    return Stream.of(
        RecordLayout.images(32, 32),
        new RecordLayout(DataType.FLOAT32, Shape.of(4, 8, 8), 7, 5),
        new RecordLayout(DataType.FLOAT32, Shape.of(1, 16000)),
        new RecordLayout(DataType.UINT8, Shape.of(3, 100), 1, 3));
  }

  /** Every third record has no label. */
  private static Example example(RecordLayout layout, int index) {
    RandomStream random = RandomStream.of(3, Purpose.SHAPES, index);
    byte[] payload = new byte[layout.payloadBytes()];
    if (layout.type() == DataType.FLOAT32) {
      ByteBuffer floats = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
      while (floats.hasRemaining()) {
        floats.putFloat((float) random.nextGaussian());
      }
    } else {
      for (int i = 0; i < payload.length; i++) {
        payload[i] = (byte) random.nextInt(256);
      }
    }
    float[] context = new float[layout.contextLength()];
    for (int i = 0; i < context.length; i++) {
      context[i] = (float) random.nextGaussian();
    }
    return new Example(payload, index % 3 == 2 ? Condition.NO_LABEL : index % 3, context);
  }

  private FileEntry shard(RecordLayout layout, String name) throws IOException {
    ArtifactOutput out = ArtifactOutput.create(CONF, temp.toUri(), name);
    try (ShardWriter writer = new ShardWriter(CONF, out, layout)) {
      for (int i = 0; i < RECORDS; i++) {
        writer.write(100 + i, example(layout, i), "from/" + i);
      }
    }
    return out.entry().withRecords(RECORDS);
  }

  private Dataset dataset(RecordLayout layout, FileEntry... shards) {
    return new Dataset(
        temp.toUri(), "abc", layout, new ImageMedium(), List.of("a", "b"), List.of(shards));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void recordsComeBackAsTheyWere(RecordLayout layout) throws IOException {
    DecodedShard shard = ShardReader.read(CONF, dataset(layout, shard(layout, "a.parquet")), 0);
    assertEquals(RECORDS, shard.size());
    assertEquals(RECORDS * layout.memoryBytes(), shard.bytes());
    for (int i = 0; i < RECORDS; i++) {
      Example expected = example(layout, i);
      assertEquals(100 + i, shard.ids()[i]);
      assertEquals(expected.label(), shard.labels()[i]);
      int bytes = layout.payloadBytes();
      assertArrayEquals(
          expected.payload(), Arrays.copyOfRange(shard.payload(), i * bytes, (i + 1) * bytes));
      int floats = layout.contextLength();
      assertArrayEquals(
          expected.context(), Arrays.copyOfRange(shard.context(), i * floats, (i + 1) * floats));
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void equalRecordsGiveEqualBytes(RecordLayout layout) throws IOException {
    assertEquals(shard(layout, "a.parquet").sha256(), shard(layout, "b.parquet").sha256());
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void examplesCarryValuesLabelsAndContext(RecordLayout layout) throws IOException {
    Dataset dataset = dataset(layout, shard(layout, "a.parquet"));
    ExampleSpan span = source(dataset).read(5, 60); // more than an epoch
    Batch batch = span.toBatch();
    Condition condition = span.condition();
    assertEquals(layout.shape(), batch.shape());
    assertEquals(layout.contextVectors(), condition.contextVectors());
    for (int i = 0; i < 60; i++) {
      Example expected = example(layout, (int) span.ids()[i] - 100);
      assertEquals(expected.label(), condition.label(i));
      for (int k = 0; k < layout.shape().length(); k += 17) {
        float value =
            layout.type() == DataType.UINT8
                ? Pixels.toFloat(expected.payload()[k])
                : ByteBuffer.wrap(expected.payload())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getFloat(4 * k);
        assertEquals(value, batch.data()[batch.offset(i) + k]);
      }
      if (condition.hasContext()) {
        float[] context = new float[layout.contextLength()];
        condition.copyContext(i, context, 0);
        assertArrayEquals(expected.context(), context);
      }
    }
  }

  private static ExampleSource source(Dataset dataset) {
    return new ExampleSource(
        HadoopConf.of(CONF),
        dataset,
        new DataOrder(1, dataset.shardSizes(), 4),
        new ShardCache(1 << 24));
  }

  @Test
  void aShardOfOtherRecordsIsRefused() throws IOException {
    RecordLayout latents = new RecordLayout(DataType.FLOAT32, Shape.of(4, 8, 8));
    RecordLayout flat = new RecordLayout(DataType.FLOAT32, Shape.of(256));
    FileEntry shard = shard(latents, "a.parquet");
    String message =
        assertThrows(UserException.class, () -> ShardReader.read(CONF, dataset(flat, shard), 0))
            .getMessage();
    assertTrue(message.contains("a.parquet describes itself as {"), message);
    assertTrue(message.contains("spark-ddpm.shape=4,8,8"), message);
    assertTrue(message.endsWith("not as a shard of float32 [256]"), message);
  }

  @Test
  void aManifestStatesTheLayout() {
    RecordLayout layout = new RecordLayout(DataType.FLOAT32, Shape.of(4, 8, 8), 77, 768);
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET);
    layout.toMap().forEach(manifest::property);
    assertEquals(layout, RecordLayout.of(manifest.build()));
    assertEquals("float32 [4, 8, 8] with context [77, 768]", layout.toString());
    refused("has 'float64' as its dtype; this version reads uint8, float32", "dtype", "float64");
    refused("has '4,0' as its shape, which must be sizes such as 3,32,32", "shape", "4,0");
    refused("describes no records: float32 [99999, 99999, 9]", "shape", "99999,99999,9");
    refused("describes no records: float32 [999999, 999]", "shape", "999999,999");
    refused("context [3]", "context", "3");
  }

  private static void refused(String expected, String key, String value) {
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET);
    manifest.property("dtype", "float32").property("shape", "4,8,8").property(key, value);
    String message =
        assertThrows(UserException.class, () -> RecordLayout.of(manifest.build())).getMessage();
    assertTrue(message.contains(expected), message);
  }

  private static URI kept(String name) throws IOException {
    try {
      return ShardFormatTest.class.getResource("/datasets/format-1/" + name).toURI();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aDatasetOfFormat1IsReadAsItWas() throws IOException {
    assertEquals(List.of(), Artifact.verify(CONF, kept("cifar10")));
    Dataset dataset = Dataset.open(CONF, kept("cifar10"));
    assertEquals(
        "281cab4bc3a9bbc9091b184f5ccdad8e5c6c77703568b468bd90198998578a79",
        dataset.fingerprint(),
        "runs are resumed by it");
    assertEquals(RecordLayout.images(32, 32), dataset.layout());
    assertEquals(Cifar10.CLASS_NAMES, dataset.classNames());
    assertArrayEquals(new long[] {8, 4}, dataset.shardSizes());
    ExampleSpan span = source(dataset).read(0, 12);
    for (int i = 0; i < 12; i++) {
      LabelledImage expected = ShapesImages.draw(4, span.ids()[i]);
      assertEquals(expected.label(), span.condition().label(i));
      assertArrayEquals(
          expected.image().data(), Arrays.copyOfRange(span.payload(), i * 3072, (i + 1) * 3072));
    }
  }

  @Test
  void aDatasetOfFormat1WithoutFoldersHasNoLabels() throws IOException {
    Dataset dataset = Dataset.open(CONF, kept("unclassed"));
    assertEquals(List.of(), dataset.classNames());
    ExampleSpan span = source(dataset).read(0, 2);
    assertFalse(span.condition().hasLabels());
    assertEquals((byte) (span.ids()[0] == 0 ? 1 : 200), span.payload()[0]);
  }

  private void copy(URI from, String name) throws IOException {
    Path to = Files.createDirectories(temp.resolve(name));
    try (Stream<Path> files = Files.list(Path.of(from))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  /** A part as the sharding job writes it. */
  private void part(String name, RecordLayout layout, List<String> classes) throws IOException {
    URI dir = temp.resolve(name).toUri();
    ArtifactWriter writer = ArtifactWriter.create(CONF, dir, ArtifactKind.DATASET);
    long[] counts = new long[classes.size()];
    try (ArtifactOutput out = ArtifactOutput.create(CONF, dir, "part-00000.parquet")) {
      try (ShardWriter shard = new ShardWriter(CONF, out, layout)) {
        for (int i = 0; i < 3; i++) {
          int label = classes.isEmpty() ? Condition.NO_LABEL : i % classes.size();
          shard.write(12 + i, new Example(example(layout, i).payload(), label), "new/" + i);
          if (label >= 0) {
            counts[label]++;
          }
        }
      }
      writer.add(out.entry().withRecords(3));
    }
    Manifest.Builder manifest =
        Manifest.builder(ArtifactKind.DATASET)
            .count("images", 3)
            .count("shards", 1)
            .count("bad-images", 0)
            .count("classes", classes.size());
    layout.toMap().forEach(manifest::property);
    for (int label = 0; label < counts.length; label++) {
      String key = Dataset.numbered("class", label);
      manifest.property(key, classes.get(label)).count(key, counts[label]);
    }
    writer.commit(manifest);
  }

  @Test
  void partsOfBothFormatsAreOneDataset() throws IOException {
    copy(kept("cifar10"), "part-00000");
    GrowingDataset growing = new GrowingDataset(CONF, temp.toUri());
    assertEquals(
        "41d5a0ee1a81ee8a281c302dcf6ae2813c0720a533a743342428d9ecc976a878",
        growing.publish(growing.parts()).fingerprint(),
        "old parts alone are what they were");
    part("part-00001", RecordLayout.images(32, 32), Cifar10.CLASS_NAMES);
    Dataset dataset = growing.publish(growing.parts());
    assertEquals(growing.fingerprint(growing.parts()), dataset.fingerprint());
    assertEquals(15, dataset.size());
    assertEquals(Cifar10.CLASS_NAMES, dataset.classNames());
    List<Long> ids = new ArrayList<>();
    ExampleSpan span = source(dataset).read(0, 15);
    for (int i = 0; i < 15; i++) {
      long id = span.ids()[i];
      ids.add(id);
      int expected = id < 12 ? ShapesImages.draw(4, id).label() : (int) id - 12;
      assertEquals(expected, span.condition().label(i));
    }
    assertEquals(15, ids.stream().distinct().count());
    assertEquals(3, Artifact.open(CONF, temp.toUri()).manifest().count("class/00000"));
    assertEquals(List.of(), Artifact.verify(CONF, temp.toUri()));
  }

  @Test
  void partsWithoutClassesAreOneDatasetWhateverTheirFormat() throws IOException {
    copy(kept("unclassed"), "part-00000");
    part("part-00001", RecordLayout.images(6, 6), List.of());
    GrowingDataset growing = new GrowingDataset(CONF, temp.toUri());
    Dataset dataset = growing.publish(growing.parts());
    assertEquals(List.of(), dataset.classNames());
    assertFalse(source(dataset).read(0, 5).condition().hasLabels());
  }

  @Test
  void partsThatDoNotFitAreRefused() throws IOException {
    copy(kept("unclassed"), "part-00000");
    part("part-00001", RecordLayout.images(8, 8), List.of());
    part("part-00002", RecordLayout.images(6, 6), List.of("cat", "dog"));
    GrowingDataset growing = new GrowingDataset(CONF, temp.toUri());
    String size =
        assertThrows(
                UserException.class, () -> growing.publish(List.of("part-00000", "part-00001")))
            .getMessage();
    assertTrue(
        size.contains("its records are uint8 [3, 6, 6] in part-00000 and uint8 [3, 8, 8] in"),
        size);
    String classes =
        assertThrows(
                UserException.class, () -> growing.publish(List.of("part-00000", "part-00002")))
            .getMessage();
    assertTrue(
        classes.contains("its classes are [] in part-00000 and [cat, dog] in part-00002"), classes);
  }
}
