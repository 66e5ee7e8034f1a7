/** Programs that use diffusion models as stages of Spark ML. */
package io.sparkddpm.examples;
