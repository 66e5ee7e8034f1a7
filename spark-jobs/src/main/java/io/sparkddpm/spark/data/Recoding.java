package io.sparkddpm.spark.data;

import io.sparkddpm.tensor.Batch;
import java.io.Serializable;

/** Makes records of others, one of each. Travels to executors; one thread at a time. */
public interface Recoding extends Serializable {
  /** Layout of the records that it makes. */
  RecordLayout layout();

  /**
   * Makes records. Each depends on the one that it is made of alone, in batches of one size.
   *
   * @param records as training takes them; not changed
   * @return as training takes them
   */
  Batch recode(Batch records);
}
