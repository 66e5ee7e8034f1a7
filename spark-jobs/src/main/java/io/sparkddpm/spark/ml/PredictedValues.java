package io.sparkddpm.spark.ml;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.RawRecord;
import io.sparkddpm.spark.data.RecordDecoder;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.sampling.ImagePredictor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;

/**
 * What the network sees in the images of rows, noised to a timestep.
 *
 * @param shard how images become the network's size
 * @param output {@link ModelParams#NOISE} or {@link ModelParams#X0}
 * @param index place of the column that decides the noise
 * @param image place of the column of image files
 * @param label place of the column of classes, null where a row has none; −1: there is no column
 * @param classes that the network knows
 */
record PredictedValues(
    Broadcast<ImagePredictor> predictor,
    ShardConfig shard,
    String output,
    int timestep,
    int index,
    int image,
    int label,
    int classes)
    implements AddedColumn.Values {
  @Override
  public Function<List<Row>, List<?>> open() {
    RecordDecoder decoder = shard.format().decoder(shard);
    return rows -> predict(rows, decoder);
  }

  private List<Object> predict(List<Row> rows, RecordDecoder decoder) {
    List<ImagePredictor.Item> images = new ArrayList<>();
    for (Row row : rows) {
      long id = SampledValues.index(row, index);
      byte[] file = row.getAs(image);
      if (file == null) {
        throw new UserException("row %d has no image, or one that is transparent", id);
      }
      String name = "the image of row " + id;
      RawRecord raw = new RawRecord(file, name, Condition.NO_LABEL);
      images.add(new ImagePredictor.Item(decoder.decode(raw).payload(), id, label(row, id)));
    }
    ImagePredictor.Seen seen = predictor.value().predict(images, timestep);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      values.add(output.equals(ModelParams.X0) ? seen.png(i) : vector(seen, i));
    }
    return values;
  }

  private static Object vector(ImagePredictor.Seen seen, int item) {
    double[] noise = new double[seen.epsilon().itemLength()];
    int from = seen.epsilon().offset(item);
    for (int i = 0; i < noise.length; i++) {
      noise[i] = seen.epsilon().data()[from + i];
    }
    return Vectors.dense(noise);
  }

  private int label(Row row, long id) {
    if (label < 0) {
      return Condition.NO_LABEL;
    }
    Number number = row.getAs(label);
    if (number == null || number.longValue() < 0 || number.longValue() >= classes) {
      throw new UserException(
          "the class of row %d is %s, but the network knows those from 0 to %d",
          id, number, classes - 1);
    }
    return number.intValue();
  }
}
