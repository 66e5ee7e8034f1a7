/**
 * What libraries that train on Spark offer to this program's rounds. Knows Spark and model-core,
 * and no such library; the program knows this package and no such library either.
 */
package io.sparkddpm.carrier;
