/** What joins the jobs: the whole configuration, the pipeline, the demo and their report. */
package io.sparkddpm.spark.pipeline;
