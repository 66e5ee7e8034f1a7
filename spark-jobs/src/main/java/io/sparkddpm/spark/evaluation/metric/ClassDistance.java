package io.sparkddpm.spark.evaluation.metric;

import java.io.Serializable;

/**
 * The Fréchet distance of one class.
 *
 * @param label the class; the reference's number where both sets have names
 * @param name of the class; empty where only numbers are known
 * @param samples images of it among the samples
 * @param reference images of it in the reference
 * @param distance between them
 */
public record ClassDistance(int label, String name, long samples, long reference, double distance)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
