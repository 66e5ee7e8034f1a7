/**
 * Training on one machine: what an engine has to do ({@link io.sparkddpm.engine.EngineFactory},
 * {@link io.sparkddpm.engine.TrainableNetwork}), the step that all engines share ({@link
 * io.sparkddpm.engine.TrainingStep}), batches, state, averages of weights and a worker's round.
 * Knows no Spark; engines stand in packages of their own.
 */
package io.sparkddpm.engine;
