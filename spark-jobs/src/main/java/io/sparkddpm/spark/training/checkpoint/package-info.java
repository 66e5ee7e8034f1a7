/**
 * The run directory: checkpoints, metrics, what is kept of them, and where a run resumes. Knows
 * nothing of rounds.
 */
package io.sparkddpm.spark.training.checkpoint;
