package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Results of an earlier job, and whether they still hold. */
final class EarlierResults {
  private final Configuration conf;
  private final FidConfig config;
  private final Metrics metrics;
  private final ExtractorSpec.Description extractor;

  EarlierResults(
      Configuration conf, FidConfig config, Metrics metrics, ExtractorSpec.Description extractor) {
    this.conf = conf;
    this.config = config;
    this.metrics = metrics;
    this.extractor = extractor;
  }

  /**
   * The results in a file, if they hold all that is asked for of the same sets by the same network.
   *
   * @throws UserException if the file cannot be read
   */
  Optional<List<FidResult>> find(
      URI file, URI samples, Optional<DrawnSamples> drawn, List<URI> references) {
    List<FidResult> results;
    try (InputStream in = Locations.fileSystem(conf, file).open(new Path(file))) {
      results = FidResultJson.read(in.readAllBytes(), file, metrics);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    } catch (UserException e) {
      return Optional.empty(); // cut off when an earlier job was killed: written again
    }
    boolean same = results.size() == references.size();
    for (int i = 0; same && i < results.size(); i++) {
      FidResult result = results.get(i);
      same =
          isOfThis(result)
              && isStillSamples(result.samples(), samples, drawn)
              && isStill(result.reference(), references.get(i));
    }
    return same ? Optional.of(results) : Optional.empty();
  }

  private boolean isOfThis(FidResult result) {
    return result.network().equals(extractor.name())
        && result.networkHash().equals(extractor.weights())
        && result.resize().equals(extractor.resize())
        && result.layer().equals(extractor.layer())
        && isByThis(result.samples())
        && isByThis(result.reference())
        && metrics.areIn(result.measures(), config);
  }

  /** Whether features that this job would compute were computed by its own engine. */
  private boolean isByThis(FidResult.Side side) {
    return side.kind().equals(ArtifactKind.STATS.code())
        || side.engine().equals(extractor.engine());
  }

  private boolean isStillSamples(FidResult.Side side, URI samples, Optional<DrawnSamples> drawn) {
    return drawn
        .map(d -> d.manifest().fingerprint().equals(side.fingerprint()))
        .orElseGet(() -> isStill(side, samples));
  }

  private boolean isStill(FidResult.Side side, URI uri) {
    if (!ImageSets.isPlace(uri)) {
      return false;
    }
    URI place = Locations.qualify(conf, uri);
    return Artifact.exists(conf, place)
        && Artifact.open(conf, place).manifest().fingerprint().equals(side.fingerprint());
  }
}
