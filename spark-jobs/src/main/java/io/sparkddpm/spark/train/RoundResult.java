package io.sparkddpm.spark.train;

import io.sparkddpm.train.StepStatistics;
import java.util.List;

/**
 * What the driver has of a round; the averaged vectors lie in the vectors that it handed in.
 *
 * @param steps one entry a step, over all workers
 * @param complete false where a loss was no number: then nothing was averaged
 */
record RoundResult(List<StepStatistics> steps, boolean complete) {}
