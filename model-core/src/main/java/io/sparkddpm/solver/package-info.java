/** The ways from noise to images: ancestral sampling and DDIM, on plain arrays. */
package io.sparkddpm.solver;
