/**
 * The ways between data and what a diffusion model works on. Knows nothing of images, files or
 * diffusion.
 */
package io.sparkddpm.codec;
