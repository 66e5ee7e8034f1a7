/** Autoencoders at work: datasets of latents, reconstructions, and the codec of drawn latents. */
package io.sparkddpm.spark.latent;
