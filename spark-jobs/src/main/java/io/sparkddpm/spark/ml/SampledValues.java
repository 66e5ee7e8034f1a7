package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.sampling.SamplesByIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;

/**
 * Row i gets sample i.
 *
 * @param index place of the column with i
 */
record SampledValues(Broadcast<SamplesByIndex> samples, int index) implements AddedColumn.Values {
  @Override
  public Function<List<Row>, List<?>> open() {
    Map<Long, List<byte[]>> batches = new HashMap<>();
    return rows -> draw(rows, batches);
  }

  /**
   * @param batches that were drawn for the rows before, of which the next ones may need some
   */
  private List<byte[]> draw(List<Row> rows, Map<Long, List<byte[]>> batches) {
    int size = samples.value().batchSize();
    List<Long> wanted = rows.stream().map(row -> index(row, index)).toList();
    batches.keySet().retainAll(wanted.stream().map(i -> i / size).toList());
    List<byte[]> drawn = new ArrayList<>();
    for (long i : wanted) {
      drawn.add(batches.computeIfAbsent(i / size, samples.value()::batch).get((int) (i % size)));
    }
    return drawn;
  }

  /**
   * The number of a row.
   *
   * @throws UserException if it has none, or a negative one
   */
  static long index(Row row, int column) {
    Number value = row.getAs(column);
    if (value == null || value.longValue() < 0) {
      throw new UserException("indexCol must be 0 or more, got %s", value);
    }
    return value.longValue();
  }
}
