/** The command line: options, what is printed, exit codes. Every command only calls a job. */
package io.sparkddpm.spark.cli;
