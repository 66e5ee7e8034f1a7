/**
 * A real Spark standalone cluster on loopback: master, workers and executors as processes of their
 * own, on this JVM's class path. For tests and soak runs that kill some of them.
 */
package io.sparkddpm.spark.lab.cluster;
