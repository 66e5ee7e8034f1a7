/** Pictures of how a run went. */
package io.sparkddpm.spark.report;
