/** The variational bound of a trained network on datasets, in bits per dimension, as a job. */
package io.sparkddpm.spark.evaluation.bound;
