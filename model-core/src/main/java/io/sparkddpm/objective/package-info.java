/**
 * What training minimises, on plain arrays: how t is drawn ({@link io.sparkddpm.objective.Clock}),
 * the loss and its gradient by the network's output ({@link io.sparkddpm.objective.Objective}), and
 * mean losses by quarter of the timesteps. Knows no engine.
 */
package io.sparkddpm.objective;
