/**
 * Distributed training in rounds, and the run directory. This package holds what a run is set to,
 * which the packages below it share: {@code job} trains a run and stands on all others; {@code
 * monitor} watches it; {@code round} runs its rounds; {@code exchange} brings vectors to the
 * workers and averages them; {@code checkpoint} reads and writes the run directory.
 */
package io.sparkddpm.spark.training;
