/** Whether a cluster can run jobs: looked at before the first of them. */
package io.sparkddpm.spark.lab.doctor;
