/** The jobs: statistics of a set of images, and measuring one set against others. */
package io.sparkddpm.spark.evaluation.job;
