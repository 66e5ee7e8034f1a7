package io.sparkddpm.spark.ml;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Adds a column to the rows of a partition, computed for some rows at a time. */
final class AddedColumn implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final Values values;
  private final int kept;
  private final int atOnce;

  /** Makes values, on executors. */
  interface Values extends Serializable {
    /** For the rows of a partition: takes some rows and gives their values. */
    Function<List<Row>, List<?>> open();
  }

  /**
   * @param kept columns that rows keep, from the first; what follows is for the values
   * @param atOnce so many rows are computed together
   */
  AddedColumn(Values values, int kept, int atOnce) {
    this.values = values;
    this.kept = kept;
    this.atOnce = atOnce;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Function<List<Row>, List<?>> column = values.open();
    Queue<Row> ready = new ArrayDeque<>();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !ready.isEmpty() || rows.hasNext();
      }

      @Override
      public Row next() {
        if (ready.isEmpty()) {
          List<Row> some = new ArrayList<>();
          while (rows.hasNext() && some.size() < atOnce) {
            some.add(rows.next());
          }
          List<?> added = column.apply(some);
          for (int i = 0; i < some.size(); i++) {
            ready.add(row(some.get(i), added.get(i)));
          }
        }
        return ready.remove();
      }
    };
  }

  private Row row(Row row, Object added) {
    Object[] columns = new Object[kept + 1];
    for (int c = 0; c < kept; c++) {
      columns[c] = row.get(c);
    }
    columns[kept] = added;
    return RowFactory.create(columns);
  }
}
