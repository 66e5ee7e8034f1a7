/** The forward process q, the reverse process p and the conversions between predictions. */
package io.sparkddpm.diffusion;
