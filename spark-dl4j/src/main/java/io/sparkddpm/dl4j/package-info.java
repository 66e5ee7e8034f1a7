/**
 * DL4J on Spark: runs the program's rounds through dl4j-spark's {@code TrainingMaster}, and trains
 * DL4J's graph of a U-Net with dl4j-spark's own averaging, for comparison. The only package that
 * imports dl4j-spark or DL4J's graphs; {@link io.sparkddpm.dl4j.Dl4jSpark} is how others find it.
 */
package io.sparkddpm.dl4j;
