package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A measurement whose process dies resumes and gives the same result as one undisturbed. */
class FidKilledIT {
  private static final String METRICS = "fid,kid,pr,dc";

  @TempDir Path dir;

  private static void run(List<String> arguments) {
    Said said = Said.run(arguments);
    assertEquals(Cli.OK, said.code(), said.text());
  }

  private String dataset(String name, long seed, int images) throws IOException {
    Path file = dir.resolve(name + ".bin");
    try (OutputStream out = Files.newOutputStream(file)) {
      ShapesImages.write(out, seed, images);
    }
    Path dataset = dir.resolve(name);
    run(
        List.of(
            "shard",
            "--input=" + file,
            "--output=" + dataset,
            "--set=shard.records-per-shard=100",
            "--spark-conf=spark.master=local[2]"));
    return dataset.toString();
  }

  private List<String> fid(String samples, String reference, Path output, String master) {
    return List.of(
        "fid",
        "--samples=" + samples,
        "--reference=" + reference,
        "--output=" + output,
        "--metrics=" + METRICS,
        "--force",
        "--spark-conf=spark.master=" + master);
  }

  @Test
  void killedBetweenTwoParts() throws Exception {
    String samples = dataset("samples", 1, 2500);
    String reference = dataset("reference", 2, 500);
    Path undisturbed = dir.resolve("undisturbed.json");
    run(fid(samples, reference, undisturbed, "local[2]"));

    Path output = dir.resolve("killed.json");
    Path work = dir.resolve("killed.json.work");
    try (JavaProcess process =
        JavaProcess.start(
            dir.resolve("fid.log"),
            Map.of("OMP_NUM_THREADS", "1"),
            Pattern.compile("^(never)$"),
            "1g",
            Main.class.getName(),
            fid(samples, reference, output, "local[1]"))) {
      while (features(work) < 3) { // two at least are whole
        assertFalse(process.endsWithin(10), () -> "see " + process.log());
      }
      process.kill();
    }
    assertFalse(Files.exists(output), "it ended before it could be killed");
    assertTrue(Files.exists(work.resolve("_lease")));
    run(fid(samples, reference, output, "local[2]"));
    assertEquals(result(undisturbed), result(output));
    assertFalse(Files.exists(work));
  }

  private static JsonNode result(Path file) throws IOException {
    JsonNode result = new ObjectMapper().readTree(Files.readAllBytes(file));
    assertTrue(result.get("distance").isNumber(), result.toString());
    ((ObjectNode) result).remove("seconds");
    return result;
  }

  private static long features(Path work) throws IOException {
    if (!Files.exists(work)) {
      return 0;
    }
    try (Stream<Path> all = Files.walk(work)) {
      return all.filter(p -> p.toString().endsWith(".features")).count();
    }
  }
}
