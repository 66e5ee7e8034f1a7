package io.sparkddpm.spark.lab.toy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ToysTest {
  private static List<String> names() {
    return Toys.names();
  }

  /** What an experiment shows is what theory has. */
  @ParameterizedTest
  @MethodSource("names")
  void everyNumberIsInItsRange(String name) {
    Toy toy = Toys.named(List.of(name)).get(0);
    ToyPage page = new ToyPage(toy);
    toy.run(page);
    assertFalse(page.claims().isEmpty(), name);
    List<Claim> wrong = page.claims().stream().filter(claim -> !claim.holds()).toList();
    assertEquals(List.of(), wrong);
  }

  @Test
  void namesAreUnique() {
    assertEquals(names().size(), names().stream().distinct().count());
  }

  @Test
  void whatIsNotANumberDoesNotHold() {
    assertFalse(Claim.near("x", Double.NaN, 0, 1).holds());
    assertFalse(Claim.atMost("x", Double.NaN, 1).holds());
    assertTrue(Claim.atLeast("x", 1, 1).holds());
  }

  @Test
  void thePageStandsAlone(@TempDir Path dir) throws IOException {
    ToyReport.Result result =
        new ToyReport(List.of("posterior"))
            .write(new Configuration(false), dir.toUri(), Progress.NONE);
    assertEquals(List.of(), result.wrong());
    String page = Files.readString(Path.of(result.page()), StandardCharsets.UTF_8);
    assertFalse(page.contains("http"), "links");
    assertFalse(page.contains("<script"), "scripts");
    assertTrue(page.contains("<section id=\"posterior\">"), page);
    assertTrue(page.contains("<a href=\"#posterior\">"), page);
  }

  @Test
  void anUnknownNameIsNamed() {
    UserException e =
        assertThrows(UserException.class, () -> new ToyReport(List.of("forward", "nothing")));
    assertTrue(
        e.getMessage().startsWith("there is no toy nothing; there are forward, "), e::getMessage);
  }
}
