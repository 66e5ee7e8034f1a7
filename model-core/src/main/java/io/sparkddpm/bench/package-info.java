/**
 * Measures the engine: time, floating-point rate, allocation and memory, beside the machine's own.
 */
package io.sparkddpm.bench;
