package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import io.sparkddpm.spark.pipeline.Training;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.DiffusersFolder;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code import}: weights from other programs become the start of a run. */
@Command(
    name = "import",
    description = {
      "Begins a run with the weights of another program (docs/interchange.md).",
      "'sample' draws from it; 'train' with the same configuration continues from there."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand extends JobCommand {
  /** Settings of training alone: other values than the folder's do not change what it computes. */
  private static final Set<String> TRAINING = Set.of("model.dropout", "model.label-dropout");

  /** An autoencoder's weights do not depend on the size of the images that it is used for. */
  private static final Set<String> AUTOENCODER = Set.of("model.image-size", "model.latent-scale");

  @Option(
      names = "--weights",
      paramLabel = "URI",
      required = true,
      description =
          "A folder of diffusers, which also gives network and schedule; or a .safetensors, .npz,"
              + " .pt, .pth, .ckpt or .bin file, of the network that the configuration gives.")
  private String weights;

  @Option(
      names = "--part",
      paramLabel = "NAME",
      description = "Which weights of the file, where it holds several.")
  private Optional<String> part = Optional.empty();

  @Option(
      names = "--dataset",
      paramLabel = "URI",
      description =
          "Dataset that the run will train on; without it the one that it is first trained on.")
  private Optional<String> dataset = Optional.empty();

  @Option(
      names = "--run",
      paramLabel = "URI",
      required = true,
      description = "Directory of the new run.")
  private String directory;

  private final SortedMap<String, String> folder = new TreeMap<>();

  @Override
  String name() {
    return "import";
  }

  /** What the folder says of its network, below the configuration. */
  @Override
  ConfigLayer defaults() {
    Configuration conf = hadoopConfiguration();
    URI from = Locations.parse(conf, weights);
    if (!DiffusersFolder.isFolder(conf, from)) {
      return super.defaults();
    }
    folder.putAll(DiffusersFolder.of(conf, from).settings());
    Map<String, String> settings = new TreeMap<>(folder);
    if ("learned-range".equals(folder.get("diffusion.variance"))) {
      settings.put("training.objective.type", "hybrid"); // the paper's own that trains a variance
    }
    if (isAutoencoder()) {
      settings.put("training.objective.type", "reconstruction");
    }
    return ConfigLayer.values(weights, settings);
  }

  private boolean isAutoencoder() {
    return "autoencoder".equals(folder.get("model.type"));
  }

  private void requireFolders(DdpmConfig config) {
    SortedMap<String, String> resolved = ConfigText.flatten(config);
    List<String> differences = new ArrayList<>();
    folder.forEach(
        (key, value) -> {
          if (!value.equals(resolved.get(key)) && !mayDiffer(key)) {
            differences.add(key + " is " + value + " there, " + resolved.get(key) + " here");
          }
        });
    if (!differences.isEmpty()) {
      throw new UserException(
          "the configuration is not that of %s: %s; leave these keys out",
          weights, String.join("; ", differences));
    }
  }

  private boolean mayDiffer(String key) {
    return TRAINING.contains(key) || isAutoencoder() && AUTOENCODER.contains(key);
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    requireFolders(config);
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("weights from", weights);
    plan.put("run", directory);
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    requireFolders(run.config());
    Checkpoint first =
        Training.begun(run.session(), run.config(), dataset.map(run::uri), run.uri(directory))
            .begin(run.uri(weights), part);
    print(first + ": begun with " + weights);
  }
}
