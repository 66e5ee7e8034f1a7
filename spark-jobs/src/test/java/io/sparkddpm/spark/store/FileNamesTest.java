package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileNamesTest {
  @TempDir private Path dir;

  /** Java makes no path of such bytes; a shell does. */
  private Path made(String octalName) throws Exception {
    String script = "cd \"$1\" && : > \"$(printf '%b' \"$2\")\"";
    Process shell =
        new ProcessBuilder("bash", "-c", script, "bash", dir.toString(), octalName)
            .inheritIO()
            .start();
    assertEquals(0, shell.waitFor());
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(dir)) {
      return paths.iterator().next();
    }
  }

  @Test
  void aNameThatIsNotUtf8IsShownByItsBytes() throws Exception {
    Path file = made("caf\\0351 \\0343\\0201\\0202.png");
    assertFalse(FileNames.isUtf8(file));
    assertEquals("caf\\xe9 あ.png", FileNames.printable(file.getFileName()));
    UserException e = assertThrows(UserException.class, () -> FileNames.of(file));
    assertEquals(
        "the name of a file in " + dir + " is not valid UTF-8: caf\\xe9 あ.png; rename it",
        e.getMessage());
  }

  @Test
  void truncatedAndOverlongSequencesAndSurrogatesAreNotUtf8() throws Exception {
    Path file = made("a\\0303 \\0300\\0257 \\0355\\0240\\0200 \\0360\\0237\\0230");
    assertFalse(FileNames.isUtf8(file));
    assertEquals(
        "a\\xc3 \\xc0\\xaf \\xed\\xa0\\x80 \\xf0\\x9f\\x98",
        FileNames.printable(file.getFileName()));
    assertEquals(
        dir + "/a\\xc3 \\xc0\\xaf \\xed\\xa0\\x80 \\xf0\\x9f\\x98", FileNames.printable(file));
  }

  @Test
  void everyValidNameIsTaken() throws IOException {
    for (String name : new String[] {"a.png", "日本 😀.png", "100%.png", "really \uFFFD.png", "é"}) {
      Path file = Files.createFile(dir.resolve(name));
      assertTrue(FileNames.isUtf8(file), name);
      assertEquals(name, FileNames.of(file));
      assertEquals(file.toString(), FileNames.printable(file));
    }
  }

  @Test
  void thisJvmReadsNames() {
    FileNames.requireUtf8Locale();
    assertEquals("日本", FileNames.of(Path.of(URI.create("file:///x/%E6%97%A5%E6%9C%AC"))));
  }
}
