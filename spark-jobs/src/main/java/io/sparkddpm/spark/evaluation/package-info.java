/** Feature statistics and Fréchet distances of sets of images, computed on executors. */
package io.sparkddpm.spark.evaluation;
