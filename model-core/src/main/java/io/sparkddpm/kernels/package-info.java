/**
 * Kernels of the default engine: ND4J's operations, the JVM's vector unit, Winograd's convolutions.
 */
package io.sparkddpm.kernels;
