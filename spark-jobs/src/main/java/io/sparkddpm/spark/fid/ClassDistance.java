package io.sparkddpm.spark.fid;

import java.io.Serializable;

/**
 * The Fréchet distance of one class.
 *
 * @param label the class
 * @param samples images of it among the samples
 * @param reference images of it in the reference
 * @param distance between them
 */
public record ClassDistance(int label, long samples, long reference, double distance)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
