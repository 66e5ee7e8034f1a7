package io.sparkddpm.spark.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sparkddpm.spark.evaluation.items.MeasureJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.store.PlainFile;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code measure}: what {@code fid} is for images, for other media. */
@Command(
    name = "measure",
    description = {
      "Measures samples that are no images beside a dataset of the same, by what there is for their"
          + " medium.",
      "Of sets of points as many of each side are compared as the smaller one has, chosen at"
          + " random, the same every time; of other media all, or so many of each as --count says."
    },
    mixinStandardHelpOptions = true)
final class MeasureCommand extends JobCommand {
  @Option(
      names = "--samples",
      paramLabel = "URI",
      required = true,
      description = "Samples, or a dataset in their place.")
  private String samples;

  @Option(
      names = "--reference",
      paramLabel = "URI",
      required = true,
      description = "A dataset, best of items that the model was not trained on.")
  private String reference;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many items of each are compared at most.")
  private Optional<Integer> count = Optional.empty();

  @Option(names = "--output", paramLabel = "FILE", description = "A JSON file of the numbers.")
  private Optional<String> output = Optional.empty();

  @Override
  String name() {
    return "measure";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("measure", samples + " beside " + reference);
    output.ifPresent(file -> plan.put("to", file));
    return plan;
  }

  @Override
  void run(Run run) {
    MeasureJob job =
        MeasureJob.on(run.session())
            .samples(run.uri(samples))
            .reference(run.uri(reference))
            .progress(run.progress());
    count.ifPresent(job::count);
    MeasureJob.Result result = job.run();
    print(
        String.format(
            Locale.ROOT,
            "%s: %s of the samples, %s of the reference",
            result.medium(),
            of(result.samples()),
            of(result.reference())));
    result
        .numbers()
        .forEach((name, value) -> print(String.format(Locale.ROOT, "  %s %.4f", name, value)));
    output.ifPresent(
        file ->
            PlainFile.write(
                run.session().sparkContext().hadoopConfiguration(), run.uri(file), json(result)));
  }

  private static String of(MeasureJob.Side side) {
    return side.measured() == side.inAll()
        ? "all " + side.inAll()
        : String.format(Locale.ROOT, "%d of %d, at random,", side.measured(), side.inAll());
  }

  private static byte[] json(MeasureJob.Result result) {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    try {
      return (mapper.writeValueAsString(result) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers and texts are always JSON", e);
    }
  }
}
