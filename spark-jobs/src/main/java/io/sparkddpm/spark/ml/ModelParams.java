package io.sparkddpm.spark.ml;

import io.sparkddpm.error.UserException;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The params that an estimator shares with its model. */
final class ModelParams {
  /** Samples that the model draws, one for each row. */
  static final String SAMPLES = "samples";

  /** The noise that the network predicts in the rows' noised images. */
  static final String NOISE = "noise";

  /** The clean images that the network predicts in the rows' noised images. */
  static final String X0 = "x0";

  final Param<String> imageCol;
  final Param<String> labelCol;
  final Param<String> indexCol;
  final Param<String> output;
  final Param<String> outputCol;
  final IntParam timestep;
  final StringArrayParam settings;

  private final Params owner;

  /**
   * @param owner whose uid is known already
   */
  ModelParams(Params owner) {
    this.owner = owner;
    imageCol = Stages.imageCol(owner);
    labelCol =
        new Param<>(
            owner,
            "labelCol",
            "column of the classes, numbers from 0 or names; empty for the one called label, if"
                + " there is one; none for no classes");
    indexCol =
        new Param<>(
            owner,
            "indexCol",
            "column of whole numbers from 0 that decide a row's random numbers: row i gets sample"
                + " i, or noise i");
    output =
        new Param<>(
            owner,
            "output",
            "what transform adds: samples (drawn images, as PNG), noise (predicted in the rows'"
                + " noised images, as vectors) or x0 (predicted clean images, as PNG)",
            ParamValidators.inArray(List.of(SAMPLES, NOISE, X0)));
    outputCol = new Param<>(owner, "outputCol", "column that transform adds", Stages.NOT_EMPTY);
    timestep =
        new IntParam(
            owner,
            "timestep",
            "timestep t from 0 to which images are noised for output=noise and x0",
            ParamValidators.gtEq(0));
    settings = Stages.settings(owner);
    owner.setDefault(imageCol, "");
    owner.setDefault(labelCol, "");
    owner.setDefault(indexCol, "id");
    owner.setDefault(output, SAMPLES);
    owner.setDefault(outputCol, "output");
    owner.setDefault(settings, new String[0]);
  }

  String get(Param<String> param) {
    return owner.getOrDefault(param);
  }

  String[] settings() {
    return owner.getOrDefault(settings);
  }

  /**
   * The timestep.
   *
   * @throws UserException if it is not set
   */
  int timestep() {
    if (!owner.isSet(timestep)) {
      throw new UserException("output=%s needs a timestep: setTimestep(t)", get(output));
    }
    return (Integer) owner.getOrDefault(timestep);
  }

  /**
   * A schema with the column that transform adds.
   *
   * @throws UserException if there is one of its name
   */
  StructType withOutput(StructType schema) {
    DataType type = get(output).equals(NOISE) ? SQLDataTypes.VectorType() : DataTypes.BinaryType;
    return Stages.with(schema, get(outputCol), type);
  }

  /** Where the column of row numbers is. */
  int index(StructType schema) {
    return Stages.wholeNumbers(schema, get(indexCol), "indexCol");
  }
}
