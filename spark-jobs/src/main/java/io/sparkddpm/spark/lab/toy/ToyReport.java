package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.spark.report.HtmlReport;
import io.sparkddpm.spark.report.NumberText;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.PlainFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Runs experiments and writes what they show as one page that stands alone. */
public final class ToyReport {
  private static final String FILE = "report.html";

  private final List<Toy> toys;

  /**
   * @param names of the experiments; empty: all
   * @throws io.sparkddpm.error.UserException if there is none of a name
   */
  public ToyReport(List<String> names) {
    toys = Toys.named(names);
  }

  /** The names that there are. */
  public static List<String> names() {
    return Toys.names();
  }

  /**
   * What came of it.
   *
   * @param page the file
   * @param numbers how many were checked
   * @param wrong those that are not what they must be, in words
   */
  public record Result(URI page, int numbers, List<String> wrong) {
    /** Copies the list. */
    public Result {
      wrong = List.copyOf(wrong);
    }
  }

  /**
   * Runs them in turn.
   *
   * @param directory receives the page
   */
  public Result write(Configuration conf, URI directory, Progress progress) {
    Map<String, String> contents = new LinkedHashMap<>();
    toys.forEach(toy -> contents.put(toy.name(), toy.title()));
    HtmlReport report =
        new HtmlReport(
                "Diffusion in one and two dimensions",
                "Each formula beside its plot and its numbers; spark-ddpm "
                    + SoftwareVersion.CURRENT)
            .contents(contents);
    List<String> wrong = new ArrayList<>();
    int numbers = 0;
    try (Progress.Task task = progress.start("toys", toys.size())) {
      for (Toy toy : toys) {
        task.message(toy.name());
        ToyPage page = new ToyPage(toy);
        toy.run(page);
        report.add(page.section());
        numbers += page.claims().size();
        page.claims().stream()
            .filter(claim -> !claim.holds())
            .forEach(claim -> wrong.add(toy.name() + ": " + inWords(claim)));
        task.advance(1);
      }
    }
    URI file = URI.create(directory.toString().replaceAll("/*$", "/" + FILE));
    PlainFile.write(conf, file, report.toHtml());
    return new Result(file, numbers, wrong);
  }

  private static String inWords(Claim claim) {
    return claim.name() + " is " + NumberText.of(claim.found()) + ", expected " + claim.expected();
  }
}
