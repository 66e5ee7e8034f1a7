/**
 * Experiments on data in one or two dimensions, on which each formula of the method can be seen and
 * checked: {@link io.sparkddpm.spark.lab.toy.Toys} lists them, each is a {@link
 * io.sparkddpm.spark.lab.toy.Toy}. No Spark.
 */
package io.sparkddpm.spark.lab.toy;
