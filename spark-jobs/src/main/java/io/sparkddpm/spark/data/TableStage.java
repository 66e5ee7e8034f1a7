package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * The images of Spark tables as Parquet files in a fixed order, while a job reads them: a table's
 * rows come in no order, and tasks that run again may find them changed. Lies beside the output,
 * and goes when it is closed. For one thread.
 */
public final class TableStage implements AutoCloseable {
  private static final Pattern SQL =
      Pattern.compile("(?is)\\s*(select|with|from|table|values)\\s.*");
  private static final Pattern NAME = Pattern.compile("[\\w`.-]+");
  private static final int ROW_GROUP = 16 << 20;
  private static final int LONGEST_MESSAGE = 400;

  private final SparkSession spark;
  private final Configuration conf;
  private final URI dir;
  private final Lease lease;

  /**
   * The rows of one table.
   *
   * @param place of their files
   * @param source reads them
   * @param fingerprint of them, whatever files they are in
   */
  public record Rows(URI place, ImageSource source, String fingerprint) {}

  /**
   * @param dir where the files are written; nothing else should be in it
   */
  public TableStage(SparkSession spark, URI dir) {
    this.spark = spark;
    this.conf = spark.sparkContext().hadoopConfiguration();
    this.dir = Locations.qualify(conf, dir);
    this.lease = Lease.acquire(conf, dir);
  }

  /**
   * Writes the rows of tables.
   *
   * @param queries in SQL, names of tables, or places of Parquet files
   * @param choice which of their columns are meant
   * @param mix whether rows with ids are mixed
   * @return where the rows of each are
   * @throws UserException naming the query, if it fails or its columns do not fit
   */
  List<URI> write(List<String> queries, TableSource choice, boolean mix, Progress progress) {
    return write(queries, this::table, choice, mix, progress);
  }

  private List<URI> write(
      List<String> queries,
      Function<String, org.apache.spark.sql.Dataset<Row>> read,
      TableSource choice,
      boolean mix,
      Progress progress) {
    try (Progress.Task task = progress.start("read tables", queries.size())) {
      List<TableColumns> tables = new ArrayList<>();
      for (String query : queries) {
        tables.add(guarded(query, () -> new TableColumns(read.apply(query), query, choice, mix)));
      }
      List<String> classNames = classNames(queries, tables);
      HashMap<String, Long> numbers = new HashMap<>();
      classNames.forEach(name -> numbers.put(name, (long) numbers.size()));
      List<URI> places = new ArrayList<>();
      for (int i = 0; i < tables.size(); i++) {
        URI place = rows(i);
        TableColumns columns = tables.get(i);
        guarded(queries.get(i), () -> write(columns.staged(numbers), place));
        writeNames(place, classNames);
        places.add(place);
        task.advance(1);
      }
      return places;
    }
  }

  /**
   * Writes the rows of one table of images and, where it has a column {@code label}, labels.
   *
   * @param query as for several tables
   * @throws UserException likewise
   */
  public Rows write(String query, Progress progress) {
    TableSource source = new TableSource();
    URI place = write(List.of(query), source, true, progress).get(0);
    return new Rows(place, source, fingerprint(place, TableColumns.ID, TableColumns.LABEL));
  }

  /**
   * Writes the rows of a table of this session.
   *
   * @param name what messages call it
   * @param choice which of its columns are meant
   * @param mix whether rows with ids are mixed
   * @throws UserException naming the table, if it cannot be read or its columns do not fit
   */
  public Rows write(
      org.apache.spark.sql.Dataset<?> table,
      String name,
      TableSource choice,
      boolean mix,
      Progress progress) {
    URI place = write(List.of(name), query -> table.toDF(), choice, mix, progress).get(0);
    String sum = fingerprint(place, TableColumns.ID, TableColumns.LABEL, TableColumns.IMAGE);
    return new Rows(place, choice, sum);
  }

  /** Depends on what some columns of the rows hold, not on their order. */
  private String fingerprint(URI place, String... columns) {
    Column[] hashed = Stream.of(columns).map(functions::col).toArray(Column[]::new);
    Row sums =
        spark
            .read()
            .parquet(place.toString())
            .agg(
                functions.count(functions.lit(1)),
                functions.sum(functions.xxhash64(hashed).cast(DataTypes.createDecimalType(20, 0))))
            .first();
    String text = "rows " + sums.get(0) + ", sum " + sums.get(1);
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private URI rows(int table) {
    return Locations.resolve(dir, "rows-" + table);
  }

  private org.apache.spark.sql.Dataset<Row> table(String query) {
    if (SQL.matcher(query).matches()) {
      return spark.sql(query);
    }
    if (NAME.matcher(query).matches() && spark.catalog().tableExists(query)) {
      return spark.table(query);
    }
    return spark.read().parquet(Locations.parse(conf, query).toString());
  }

  private static URI write(org.apache.spark.sql.Dataset<Row> rows, URI place) {
    rows.write()
        .mode("overwrite")
        .option("compression", "uncompressed") // image files are
        .option("parquet.block.size", ROW_GROUP)
        .option("parquet.page.size.row.check.min", 1)
        .option("parquet.enable.dictionary", false)
        .parquet(place.toString());
    return place;
  }

  private List<String> classNames(List<String> queries, List<TableColumns> tables) {
    boolean names = tables.stream().anyMatch(TableColumns::hasNames);
    TreeSet<String> found = new TreeSet<>();
    long largest = -1;
    for (int i = 0; i < tables.size(); i++) {
      TableColumns table = tables.get(i);
      if (table.hasLabels() != tables.get(0).hasLabels() || table.hasNames() != names) {
        throw new UserException(
            "the inputs' labels differ: those of %s and %s must all be names, or all numbers",
            queries.get(0), queries.get(i));
      }
      if (names) {
        List<Row> distinct =
            guarded(
                queries.get(i),
                () -> table.labels().na().drop().distinct().limit(Labels.MOST + 1).collectAsList());
        distinct.forEach(row -> found.add(row.getString(0)));
      } else if (table.hasLabels()) {
        Object most =
            guarded(
                queries.get(i),
                () -> {
                  org.apache.spark.sql.Dataset<Row> labels = table.labels();
                  return labels.agg(functions.max(labels.col(labels.columns()[0]))).first().get(0);
                });
        largest = Math.max(largest, most == null ? -1 : ((Number) most).longValue());
      }
    }
    if (Math.max(found.size(), largest + 1) > Labels.MOST) {
      throw new UserException(
          "%s has more than %d classes (shard.format.label-column=none takes no labels)",
          queries.get(0), Labels.MOST);
    }
    return names ? List.copyOf(found) : Labels.numbered((int) largest + 1);
  }

  private void writeNames(URI place, List<String> names) {
    PlainFile.write(
        conf,
        Locations.resolve(place, TableSource.CLASS_NAMES),
        out -> {
          for (String name : names) {
            out.write((name.replaceAll("\\R", " ") + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }

  /** Work that fails for the user's reasons: a wrong query, or a table that cannot be read. */
  private interface Work<T> {
    T run() throws Exception;
  }

  private static <T> T guarded(String query, Work<T> work) {
    try {
      return work.run();
    } catch (UserException e) {
      throw e;
    } catch (Exception e) { // Scala throws checked exceptions without saying so
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      String line = why.lines().findFirst().orElse("");
      throw new UserException(
          e,
          "cannot read the table %s: %s",
          query,
          line.substring(0, Math.min(LONGEST_MESSAGE, line.length())));
    }
  }

  /** Deletes the rows. */
  @Override
  public void close() {
    try {
      lease.check();
      for (int i = 0; Lookup.exists(conf, rows(i)); i++) {
        Locations.delete(conf, rows(i));
      }
    } finally {
      lease.close();
    }
    try {
      Locations.deleteEmpty(Locations.fileSystem(conf, dir), new Path(dir));
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", dir, e.getMessage());
    }
  }
}
