package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.spark.report.HtmlReport;
import io.sparkddpm.spark.report.HtmlSection;
import io.sparkddpm.spark.report.NumberText;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.ArrayList;
import java.util.List;

/** What an experiment shows. What is added comes in turn, the numbers last. For one thread. */
final class ToyPage {
  private final HtmlSection section;
  private final List<Claim> claims = new ArrayList<>();

  ToyPage(Toy toy) {
    section = new HtmlSection(toy.title()).anchor(toy.name());
  }

  /** A paragraph. */
  ToyPage text(String text) {
    section.text(text);
    return this;
  }

  /** A formula, as {@link HtmlSection#formula} has it. */
  ToyPage formula(String formula) {
    section.formula(formula);
    return this;
  }

  /** Plots side by side. */
  ToyPage plots(SvgPlot... plots) {
    section.plots(List.of(plots));
    return this;
  }

  /** An image of large pixels. */
  ToyPage image(byte[] png, String caption) {
    section.image(png, HtmlReport.Scale.PIXELS_WIDE, caption);
    return this;
  }

  /** A number that must be near another one. */
  ToyPage near(String name, double found, double expected, double tolerance) {
    claims.add(Claim.near(name, found, expected, tolerance));
    return this;
  }

  /** A number that must not be above a bound. */
  ToyPage atMost(String name, double found, double bound) {
    claims.add(Claim.atMost(name, found, bound));
    return this;
  }

  /** A number that must not be below a bound. */
  ToyPage atLeast(String name, double found, double bound) {
    claims.add(Claim.atLeast(name, found, bound));
    return this;
  }

  /** The numbers so far. */
  List<Claim> claims() {
    return List.copyOf(claims);
  }

  /** The section, which ends with the numbers. */
  HtmlSection section() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("number", "found", "expected", ""));
    for (Claim claim : claims) {
      rows.add(
          List.of(
              claim.name(),
              NumberText.of(claim.found()),
              claim.expected(),
              claim.holds() ? "✓" : "✗ does not hold"));
    }
    return section.table(rows);
  }
}
