package io.sparkddpm.engine;

/**
 * A round of a run: the steps between two averagings.
 *
 * @param averages what is averaged at its end
 * @param first its first step, zero-based
 * @param end the step after its last one
 */
public record RoundSpan(AveragingMode averages, long first, long end) {}
