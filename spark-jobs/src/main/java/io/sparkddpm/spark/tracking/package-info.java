/** Reports runs to servers that keep track of experiments. */
package io.sparkddpm.spark.tracking;
