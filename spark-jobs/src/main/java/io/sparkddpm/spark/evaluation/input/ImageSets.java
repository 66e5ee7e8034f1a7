package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.RecordSources;
import io.sparkddpm.spark.data.TableStage;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Opens the sets that a job is given: places, places with the format of their files, and tables of
 * Spark, which are written as files in a fixed order first. The files lie there until this is
 * closed. For one thread.
 */
public final class ImageSets implements AutoCloseable {
  private static final String TABLE = "table";

  private final SparkSession spark;
  private final Progress progress;
  private final Supplier<URI> beside;
  private final List<TableStage> stages = new ArrayList<>();

  /**
   * @param beside where files of tables go, with something added to its name
   */
  public ImageSets(SparkSession spark, Progress progress, Supplier<URI> beside) {
    this.spark = spark;
    this.progress = progress;
    this.beside = beside;
  }

  /**
   * What a user typed: a place; {@code table:} and a query, the name of a table or a place of
   * Parquet files; or a format of {@code shard}, a colon and a place.
   *
   * @throws UserException if it is none of these
   */
  public static URI parse(Configuration conf, String text) {
    String format = text.substring(0, Math.max(0, text.indexOf(':')));
    String rest = text.substring(Math.min(text.length(), format.length() + 1));
    if (format.equals(TABLE)) {
      try {
        return new URI(TABLE, rest, null);
      } catch (URISyntaxException e) {
        throw new UserException(e, "'%s' names no table or query", text);
      }
    }
    return RecordSources.ofImages().containsKey(format)
        ? URI.create(format + ":" + Locations.parse(conf, rest))
        : Locations.parse(conf, text);
  }

  /** Whether it is a place alone, without a format, and no table. */
  public static boolean isPlace(URI set) {
    return set.getScheme() == null || !RecordSources.ofImages().containsKey(set.getScheme());
  }

  /**
   * Opens a set.
   *
   * @throws UserException as for {@link ImageSet#open}; naming the query, if it fails
   */
  public ImageSet open(URI set) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    if (isPlace(set)) {
      return ImageSet.open(conf, Locations.qualify(conf, set));
    }
    if (!TABLE.equals(set.getScheme())) {
      URI place = URI.create(set.getRawSchemeSpecificPart());
      return SourceImages.of(conf, set, place, RecordSources.ofImages().get(set.getScheme()));
    }
    TableStage stage =
        new TableStage(spark, URI.create(beside.get() + "-" + stages.size() + ".table"));
    stages.add(stage);
    TableStage.Rows rows = stage.write(set.getSchemeSpecificPart(), progress);
    return SourceImages.ofTable(conf, set, rows);
  }

  /** Deletes the files of tables. */
  @Override
  public void close() {
    stages.forEach(TableStage::close);
  }
}
