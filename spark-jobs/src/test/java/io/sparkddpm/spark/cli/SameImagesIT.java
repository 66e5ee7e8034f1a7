package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One folder and one archive with everything awkward in them: every command takes the same set. */
class SameImagesIT {
  private static final int IMAGES = 9;

  @TempDir private Path temp;

  private void file(String name, byte[] bytes) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static BufferedImage picture(int n) {
    BufferedImage picture = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      picture.setRGB(i % 16, i / 16, (i * 7919 * (n + 1)) & 0xFFFFFF);
    }
    return picture;
  }

  private static byte[] encoded(int n, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(picture(n), format, out));
    return out.toByteArray();
  }

  private void folder() throws Exception {
    file("pets/cat/a.png", encoded(0, "png"));
    file("pets/cat/a:b#1 50%.png", encoded(1, "png"));
    file("pets/cat/no-extension", encoded(2, "png"));
    file("pets/cat/jpeg.png", encoded(3, "jpeg"));
    file("pets/dog/c.webp", encoded(4, "webp"));
    file("pets/dog/deep/er/D.PNG", encoded(5, "png"));
    file("pets/dog/🐱.png", encoded(6, "png"));
    file("pets/dog/🐶.png", encoded(7, "png"));
    file("pets/_background/_1.png", encoded(8, "png"));
    file("pets/dog/.hidden.png", encoded(9, "png"));
    file("pets/dog/._c.webp", new byte[] {0, 5, 22, 7});
    file("pets/.DS_Store", new byte[20]);
    file("pets/__MACOSX/cat/._a.png", new byte[] {0, 5, 22, 7});
    file("pets/README.md", "pets".getBytes(StandardCharsets.UTF_8));
    file("pets/dog/Thumbs.db", new byte[] {(byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0});
  }

  /** The files as an archive; then what an archive cannot hold joins the folder. */
  private void archiveAndLinks() throws Exception {
    try (ZipOutputStream zip =
            new ZipOutputStream(Files.newOutputStream(temp.resolve("pets.zip")));
        Stream<Path> all = Files.walk(temp.resolve("pets"))) {
      for (Path path : all.sorted().toList()) {
        String name = temp.resolve("pets").relativize(path).toString();
        boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        if (!name.isEmpty()) {
          zip.putNextEntry(new ZipEntry(directory ? name + "/" : name));
          zip.write(directory ? new byte[0] : Files.readAllBytes(path));
        }
      }
    }
    Files.createSymbolicLink(temp.resolve("pets/dog/loop"), Path.of(".."));
    Files.createSymbolicLink(temp.resolve("pets/dog/again.png"), Path.of("../cat/a.png"));
    Files.createSymbolicLink(temp.resolve("pets/dog/nothing.png"), Path.of("/nowhere/x.png"));
    String pipe = temp.resolve("pets/dog/pipe.png").toString();
    assertEquals(0, new ProcessBuilder("mkfifo", pipe).start().waitFor());
  }

  private String run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--spark-conf=spark.master=local[2]");
    int exit =
        new Cli(
                new Terminal(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    Optional.empty()))
            .run(all.toArray(new String[0]));
    assertEquals(Cli.OK, exit, err.toString(StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What a command says that it took and passed over of a place. */
  private static String said(String output, Path place) {
    Matcher line =
        Pattern.compile(
                Pattern.quote(place.getFileName().toString())
                    + "/?: took (\\d+) images, passed over (\\d+) \\(")
            .matcher(output);
    assertTrue(line.find(), output);
    String said = line.group(1) + " and " + line.group(2);
    assertTrue(!line.find(), output); // once
    return said;
  }

  private List<String> sources(String dataset) throws IOException {
    try (org.apache.spark.sql.SparkSession spark =
        org.apache.spark.sql.SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .getOrCreate()) {
      return spark
          .read()
          .parquet(temp.resolve(dataset).toString())
          .selectExpr("concat(label, ' ', substring_index(source, '/', -2)) as s")
          .collectAsList()
          .stream()
          .map(row -> row.getString(0))
          .sorted()
          .toList();
    }
  }

  @Test
  void everyCommandTakesTheSame() throws Exception {
    folder();
    archiveAndLinks();
    Path pets = temp.resolve("pets");
    Path zip = temp.resolve("pets.zip");
    String folderSaid = IMAGES + " and 10";
    String archiveSaid = IMAGES + " and 6";
    for (Path input : List.of(pets, zip)) {
      String expected = input.equals(pets) ? folderSaid : archiveSaid;
      String output =
          run(
              "shard",
              "--format=folder",
              "--image-size=16",
              "--input=" + input,
              "--output=" + temp.resolve("dataset-" + input.getFileName()));
      assertEquals(expected, said(output, input));
      assertTrue(output.contains(IMAGES + " images in 1 shards"), output);
      output =
          run(
              "reference-stats",
              "--input=" + input,
              "--output=" + temp.resolve("stats-" + input.getFileName()));
      assertEquals(expected, said(output, input));
      assertTrue(output.contains("statistics of " + IMAGES + " images"), output);
    }
    assertEquals(IMAGES, sources("dataset-pets").size());
    assertEquals(sources("dataset-pets"), sources("dataset-pets.zip"));
    String output = run("fid", "--force", "--samples=" + pets, "--reference=" + zip);
    assertEquals(folderSaid, said(output, pets));
    assertEquals(archiveSaid, said(output, zip));
    assertTrue(output.contains("fd-random 0.0000"), output);
    assertTrue(output.contains(IMAGES + " samples against " + IMAGES + " images"), output);
  }
}
