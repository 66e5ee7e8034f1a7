package io.sparkddpm.bench;

/**
 * What a solver costs beside the network.
 *
 * @param evaluations of the network in a run
 * @param seconds of the quickest run
 * @param outside median over the runs of the part of its time that is spent outside the network
 */
public record SolverCost(int evaluations, double seconds, double outside) {}
