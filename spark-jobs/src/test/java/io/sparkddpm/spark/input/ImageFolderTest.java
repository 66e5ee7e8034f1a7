package io.sparkddpm.spark.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  private static final Configuration CONF = new Configuration();
  private static final byte[] PNG = ImageCodec.encodePng(new ByteImage(new byte[12], 3, 2, 2));

  @TempDir private Path temp;
  private PassedOver passedOver;

  private Path image(String name) throws IOException {
    return file(name, PNG);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private void link(String name, String target) throws IOException {
    Path link = temp.resolve(name);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  /** What is listed below a folder: names from there. */
  private List<String> list(String folder) {
    List<String> names = new ArrayList<>();
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(temp.resolve(folder).toUri());
    passedOver =
        ImageFolder.forEach(
            CONF,
            root,
            Set.of(),
            file -> names.add(temp.resolve(folder).relativize(Path.of(file.path().toUri())) + ""));
    return names;
  }

  private String said() {
    return passedOver.sentence("x", 1).orElse("");
  }

  @Test
  void whatIsAnImageGoesByContent() throws IOException {
    image("f/a.png");
    image("f/noextension");
    image("f/table.csv");
    file("f/broken.jpg", "<html>not found</html>".getBytes("UTF-8")); // refused where it is read
    file("f/README", "read me".getBytes("UTF-8"));
    file("f/Thumbs.db", new byte[] {(byte) 0xD0, (byte) 0xCF, 0x11});
    file("f/empty", new byte[0]);
    assertEquals(List.of("a.png", "broken.jpg", "noextension", "table.csv"), list("f"));
    assertEquals(3, passedOver.count());
    assertEquals(
        "x: took 1 image, passed over 3 (README is not an image; Thumbs.db is not an image; empty"
            + " is not an image)",
        said());
  }

  @Test
  void hiddenOnesAreCountedAndUnderscoresTaken() throws IOException {
    image("f/_background/_1.png");
    image("f/cat/._2.png");
    image("f/cat/2.png");
    image("f/.git/3.png");
    image("f/__MACOSX/cat/4.png");
    file("f/cat/.DS_Store", new byte[10]);
    assertEquals(List.of("_background/_1.png", "cat/2.png"), list("f"));
    assertEquals(
        "x: took 1 image, passed over 4 (.git/ is hidden; __MACOSX/ is macOS's own; cat/.DS_Store"
            + " is hidden; …)",
        said());
  }

  @Test
  void aLoopEndsWhereItCloses() throws IOException {
    image("f/a/1.png");
    image("f/a/2.png");
    link("f/a/back", "..");
    link("f/self", "self");
    link("f/up", "..");
    image("g/9.png");
    assertEquals(List.of("a/1.png", "a/2.png", "up/g/9.png"), list("f"));
    assertTrue(said().contains("a/back/ is a link to "), said());
    assertTrue(said().contains("which is listed itself"), said());
    assertTrue(said().contains("self is a link that leads in a circle"), said());
  }

  @Test
  void whatSeveralLinksLeadToIsTakenOnce() throws IOException {
    image("store/x/1.png");
    image("store/x/deep/2.png");
    image("store/3.png");
    link("f/one", temp.resolve("store/x").toString());
    link("f/two", temp.resolve("store").toString());
    link("f/3.png", "../store/3.png");
    image("f/a.png");
    link("f/b.png", "a.png");
    assertEquals(List.of("3.png", "a.png", "one/1.png", "one/deep/2.png"), list("f"));
    assertEquals(3, passedOver.count());
    assertTrue(said().contains("b.png is a link to " + temp.resolve("f/a.png")), said());
    assertTrue(said().contains("which is listed already"), said());
  }

  @Test
  void linksToNothingAndPipesAreNamedUnopened() throws Exception {
    image("f/c/a.png");
    link("f/c/c.png", "/nowhere/x.png");
    Process pipe = new ProcessBuilder("mkfifo", temp.resolve("f/c/p.png").toString()).start();
    assertEquals(0, pipe.waitFor());
    assertEquals(List.of("c/a.png"), list("f"));
    assertEquals(
        "x: took 1 image, passed over 2 (c/c.png is a link to nothing; c/p.png is a named pipe, not"
            + " a regular file)",
        said());
    URI fifo = temp.resolve("f/c/p.png").toUri();
    UserException e = assertThrows(UserException.class, () -> Inputs.status(CONF, fifo));
    assertEquals("input " + fifo + " is a named pipe, not a regular file", e.getMessage());
  }

  @Test
  void hardNamesLeadToTheirFiles() throws IOException {
    List<String> names =
        List.of(
            "#1.png",
            "100%25.png",
            "50% off.png",
            "a b.png",
            "a:b.png",
            "class=cat/1.png",
            "new\nline.png",
            "q?.png",
            "{x},[y].png",
            "é.png",
            "猫.png",
            "🐱.png",
            "🐶.png");
    for (String name : names) {
      image("f/" + name);
    }
    List<URI> uris = new ArrayList<>();
    ImageFolder.forEach(
        CONF,
        new org.apache.hadoop.fs.Path(temp.resolve("f").toUri()),
        Set.of(),
        file -> uris.add(file.path().toUri()));
    assertEquals(
        names.stream().sorted().map(n -> temp.resolve("f/" + n)).toList(),
        uris.stream().map(Path::of).toList());
    assertEquals(names.stream().sorted().toList(), list("f"));
  }

  @Test
  void namesThatAreNotUtf8AreNamed() throws Exception {
    image("f/a.png");
    String script = "cd \"$1\" && cp a.png $'b\\xe9.png'";
    Process copy =
        new ProcessBuilder("bash", "-c", script, "-", temp.resolve("f").toString()).start();
    assertEquals(0, copy.waitFor());
    UserException e = assertThrows(UserException.class, () -> list("f"));
    assertTrue(e.getMessage().contains("is not valid UTF-8: b\\xe9.png"), e.getMessage());
  }

  @Test
  void theSameInputTwiceIsSaid() throws IOException {
    image("f/a/1.png");
    link("g", temp.resolve("f").toString());
    URI f = temp.resolve("f").toUri();
    List<String> lines = Inputs.repeated(CONF, List.of(f, f));
    assertTrue(lines.get(0).contains("are the same: its images are taken twice"), lines::toString);
    lines = Inputs.repeated(CONF, List.of(temp.resolve("g").toUri(), temp.resolve("f/a").toUri()));
    assertTrue(lines.get(0).contains("f/a/ lies in input "), lines::toString);
    assertEquals(List.of(), Inputs.repeated(CONF, List.of(f, temp.toUri().resolve("nothing"))));
  }
}
