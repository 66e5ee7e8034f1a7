package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.BadImageException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.spark.session.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tar files of class folders, ImageNet's layout, read without being unpacked. */
class TarFolderTest extends ShardFixture {
  private static final ShardConfig CONFIG =
      new ShardConfig(new FolderSource(), 32, ResizeFilter.AREA, 40, 0, false);

  /** A folder for each class, one with a long name; without the root's slash in names. */
  private static Map<String, byte[]> files(int count) {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      LabelledImage shape = ShapesImages.draw(4, i);
      String folder = shape.label() == 3 ? "n03" + "x".repeat(120) : "n0" + shape.label();
      files.put(
          String.format(Locale.ROOT, "train/%s/%03d.JPEG", folder, i),
          ImageCodec.encodePng(shape.image()));
    }
    return files;
  }

  private static byte[] tar(Map<String, byte[]> files, TarArchiveEntry... others)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.putArchiveEntry(new TarArchiveEntry("train/"));
      tar.closeArchiveEntry();
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
      for (TarArchiveEntry entry : others) {
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private String refused(Path input) {
    return refused(job(List.of(input.toUri()), "refused", CONFIG));
  }

  @Test
  void recordsAreThoseOfTheUnpackedFolder() throws IOException {
    Map<String, byte[]> files = files(100);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = temp.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    files.put("train/n00/readme.txt", "no image".getBytes(StandardCharsets.UTF_8));
    files.put("train/n00/.hidden.png", new byte[1]);
    Path tar = Files.write(temp.resolve("images.bin"), tar(files)); // known by its first bytes
    ShardJob.Result folder = job(List.of(uri("train")), "folder-set", CONFIG).run();
    ShardJob.Result packed = job(List.of(tar.toUri()), "tar-set", CONFIG).run();
    assertEquals(100, packed.images());
    assertEquals(folder.content(), packed.content());
    assertEquals(
        Dataset.open(conf, uri("folder-set")).classNames(),
        Dataset.open(conf, uri("tar-set")).classNames());
    contains("passed over 2 (train/n00/.hidden.png is hidden", packed.warnings().get(0));
  }

  /** By its extension it would be one of samples without labels. */
  @Test
  void imageSetsHaveItsClassesWhereTheFormatIsGiven() throws IOException {
    Map<String, byte[]> files = files(5);
    Path tar = Files.write(temp.resolve("five images.tar"), tar(files));
    try (ImageSets sets = new ImageSets(spark, Progress.NONE, () -> uri("beside"))) {
      ImageSet folders = sets.open(ImageSets.parse(conf, "folder:" + tar));
      assertEquals("folder", folders.kind());
      assertEquals(5, folders.images());
      folders.requireLabels();
      assertEquals(
          files.keySet().stream().map(name -> name.split("/")[1]).distinct().sorted().toList(),
          folders.classNames());
      ImageSet samples = sets.open(ImageSets.parse(conf, tar.toString()));
      assertEquals("webdataset", samples.kind());
      assertEquals(5, samples.images());
      contains(
          "it names no classes",
          assertThrows(UserException.class, samples::requireLabels).getMessage());
      URI missing = ImageSets.parse(conf, "folder:" + temp.resolve("none.tar"));
      contains(
          "none.tar does not exist",
          assertThrows(UserException.class, () -> sets.open(missing)).getMessage());
    }
  }

  @Test
  void whatCannotBeReadIsRefused() throws IOException {
    byte[] whole = tar(files(5));
    Path compressed = temp.resolve("a.tar.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
      out.write(whole);
    }
    contains("is compressed by gzip: unpack it with gunzip", refused(compressed));
    byte[] cut = Arrays.copyOf(whole, whole.length / 2);
    contains("cut.tar is a damaged tar file", refused(Files.write(temp.resolve("cut.tar"), cut)));
    TarArchiveEntry link = new TarArchiveEntry("train/n00/again.png", TarConstants.LF_LINK);
    link.setLinkName("train/n00/000.png");
    contains(
        "train/n00/again.png is a link or no file; make the file with tar --dereference",
        refused(Files.write(temp.resolve("link.tar"), tar(files(5), link))));
  }

  @Test
  @Timeout(300) // only a hang takes as long
  void damagedFilesEndInImagesOrARefusal() throws IOException {
    Path file = temp.resolve("mutant.tar");
    FolderSource source = new FolderSource();
    ImageDecoder decoder = new ImageDecoder(1 << 24);
    Mutants.forEach(
        "tar of folders",
        tar(files(4)),
        16L << 20,
        mutant -> {
          Files.write(file, mutant);
          for (SourceSlice slice : slices(source.list(conf, List.of(file.toUri())))) {
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
