/** The Spark session, progress on the terminal, and checks of the machine before work begins. */
package io.sparkddpm.spark.session;
