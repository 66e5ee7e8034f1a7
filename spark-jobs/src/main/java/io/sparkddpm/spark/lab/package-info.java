/**
 * For developers and operators, not for nightly use: benchmarks, plans, local clusters, soak tests.
 */
package io.sparkddpm.spark.lab;
