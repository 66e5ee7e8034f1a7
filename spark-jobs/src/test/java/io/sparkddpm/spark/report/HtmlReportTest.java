package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
  private static String page() {
    HtmlReport report =
        new HtmlReport("A <run>", "of ε & more")
            .facts(Map.of("loss", "0.04"))
            .image("Samples", new byte[] {1, 2, 3}, HtmlReport.Scale.PIXELS, "64 of them")
            .table("Distances", List.of(List.of("weights", "fd"), List.of("raw", "1.5")), "lower")
            .folded("Configuration", "seed = 1\nname = \"<x>\"");
    return new String(report.toHtml(), StandardCharsets.UTF_8);
  }

  @Test
  void standsAlone() {
    String page = page();
    assertFalse(page.contains("http"), page);
    assertFalse(page.contains("<script"), page);
    assertTrue(page.contains("src=\"data:image/png;base64,AQID\""), page);
    assertTrue(page.contains("prefers-color-scheme: dark"), page);
  }

  @Test
  void textIsEscaped() {
    String page = page();
    assertTrue(page.contains("<title>A &lt;run&gt;</title>"), page);
    assertTrue(page.contains("of ε &amp; more"), page);
    assertTrue(page.contains("name = &quot;&lt;x&gt;&quot;"), page);
    assertEquals(1, page.split("<th>fd</th>", -1).length - 1);
    assertTrue(page.contains("<td>1.5</td>"), page);
  }
}
