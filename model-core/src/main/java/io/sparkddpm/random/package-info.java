/**
 * Random numbers that are a pure function of (seed, purpose, index): counter-based streams, so that
 * what is drawn never depends on the order of calls, the partitioning or the machine.
 */
package io.sparkddpm.random;
