/** Quality of samples that are no images: what their medium has numbers for. */
package io.sparkddpm.spark.evaluation.items;
