/**
 * The jobs as stages of Spark ML: an estimator that trains on a DataFrame of images, its model, the
 * features of images, and the Fréchet distance as an evaluator. Nothing else here knows them.
 */
package io.sparkddpm.spark.ml;
