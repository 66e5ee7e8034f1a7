/**
 * What items are conditioned on: labels and context vectors. Knows no images, networks or files.
 */
package io.sparkddpm.condition;
