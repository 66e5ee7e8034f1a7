/**
 * The one way in which every command finds images: {@link io.sparkddpm.spark.input.ImageFolder} for
 * folders, {@link io.sparkddpm.spark.input.ImageArchive} for zip files, with the same rules ({@link
 * io.sparkddpm.spark.input.ImageNames}) and the same account of what they pass over ({@link
 * io.sparkddpm.spark.input.PassedOver}).
 */
package io.sparkddpm.spark.input;
