/** Images out: datasets, samples and all other sets of images, in formats of other programs. */
package io.sparkddpm.spark.evaluation.export;
