/**
 * Soak runs: jobs whose processes are killed and suspended and whose reads fail, again and again,
 * compared bit by bit with jobs that nobody disturbs.
 */
package io.sparkddpm.spark.lab.chaos;
