package io.sparkddpm.spark.fid;

import java.io.Serializable;

/**
 * Statistics of a part, or of several merged ones.
 *
 * @param index place of the first part
 * @param images how many went in
 * @param statistics binary form of the statistics
 * @param digests one line for each part: hash of its content
 */
record PartStatistics(int index, long images, byte[] statistics, String digests)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
