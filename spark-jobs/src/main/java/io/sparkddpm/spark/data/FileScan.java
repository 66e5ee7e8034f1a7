package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.Option;
import scala.Tuple2;

/**
 * Looks into many input files at a time, for a listing that names alone do not give: on the
 * executors of the session, or in this thread where there is none or one file only.
 */
final class FileScan {
  /** Tasks for each core: small files are many, and a task costs more than a look. */
  private static final int TASKS_A_CORE = 16;

  private FileScan() {}

  /** Looks into one file. */
  interface Look<T> extends Serializable {
    /**
     * What the listing needs of the file.
     *
     * @throws IOException if the file system fails, which may pass
     */
    T look(Configuration conf, InputFile file) throws IOException;
  }

  /**
   * Looks into all files.
   *
   * @param what is done, for Spark's pages
   * @return one for each, in their order
   */
  static <T> List<T> of(Configuration conf, String what, List<InputFile> files, Look<T> look) {
    Option<SparkSession> session = SparkSession.getDefaultSession();
    if (files.size() < 2 || session.isEmpty()) {
      return files.stream().map(file -> look(conf, file, look)).toList();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.get().sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(conf));
    List<Tuple2<Integer, InputFile>> numbered = new ArrayList<>();
    files.forEach(file -> numbered.add(new Tuple2<>(numbered.size(), file)));
    TreeMap<Integer, T> found = new TreeMap<>();
    int tasks = Math.min(files.size(), TASKS_A_CORE * context.defaultParallelism());
    try {
      StreamedResults.forEach(
          context
              .parallelize(numbered, tasks)
              .map(f -> new Tuple2<>(f._1(), look(hadoop.value().get(), f._2(), look))),
          what + ": " + files.size() + " files",
          f -> found.put(f._1(), f._2()));
    } finally {
      Broadcasts.destroy(hadoop);
    }
    return new ArrayList<>(found.values());
  }

  private static <T> T look(Configuration conf, InputFile file, Look<T> look) {
    try {
      return look.look(conf, file);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file.uri(), e.getMessage());
    }
  }
}
