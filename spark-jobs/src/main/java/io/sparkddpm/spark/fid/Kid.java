package io.sparkddpm.spark.fid;

/**
 * The kernel distance of two sets.
 *
 * @param full the unbiased estimate over all pairs; may be negative
 * @param mean over random subsets
 * @param deviation population standard deviation over the subsets
 * @param subsets how many
 * @param subsetSize vectors of each set in a subset
 * @param seed which subsets
 */
public record Kid(
    double full, double mean, double deviation, int subsets, int subsetSize, long seed) {}
