/** What a process that computes keeps from one task to the next, and what it computes with. */
package io.sparkddpm.spark.executor;
