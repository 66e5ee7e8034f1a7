/**
 * What training minimises, on plain arrays: how t is drawn ({@link io.sparkddpm.objective.Clock}),
 * the loss and its gradient by the network's output ({@link io.sparkddpm.objective.Objective}), and
 * how losses are told. Knows no engine.
 */
package io.sparkddpm.objective;
