/** The local training step: state, optimiser, averages of weights, checkpoints. */
package io.sparkddpm.engine;
