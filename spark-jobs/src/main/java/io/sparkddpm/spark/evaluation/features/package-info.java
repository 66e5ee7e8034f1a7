/**
 * Features of images: the extractor as it travels to executors, the files that features are kept
 * in, and the tasks that write and check them.
 */
package io.sparkddpm.spark.evaluation.features;
