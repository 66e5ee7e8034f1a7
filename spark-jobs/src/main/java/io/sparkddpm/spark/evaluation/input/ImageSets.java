package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.error.UserException;
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
 * Opens the sets that a job is given: places, and tables of Spark, which are written as files in a
 * fixed order first. The files lie there until this is closed. For one thread.
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
   * What a user typed: a place, or {@code table:} and a query, the name of a table or a place of
   * Parquet files.
   *
   * @throws UserException if it is neither
   */
  public static URI parse(Configuration conf, String text) {
    if (!text.startsWith(TABLE + ":")) {
      return Locations.parse(conf, text);
    }
    try {
      return new URI(TABLE, text.substring(TABLE.length() + 1), null);
    } catch (URISyntaxException e) {
      throw new UserException(e, "'%s' names no table or query", text);
    }
  }

  /** Whether it is a table. */
  public static boolean isTable(URI set) {
    return TABLE.equals(set.getScheme());
  }

  /**
   * Opens a set.
   *
   * @throws UserException as for {@link ImageSet#open}; naming the query, if it fails
   */
  public ImageSet open(URI set) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    if (!isTable(set)) {
      return ImageSet.open(conf, Locations.qualify(conf, set));
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
