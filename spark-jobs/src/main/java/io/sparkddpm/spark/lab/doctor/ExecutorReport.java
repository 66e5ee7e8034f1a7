package io.sparkddpm.spark.lab.doctor;

import java.io.Serializable;
import java.util.List;

/**
 * What a task found on its executor.
 *
 * @param engine whether it computes there
 * @param fileProblems a line for each directory that it cannot use
 */
record ExecutorReport(ProcessFacts process, EngineProbe engine, List<String> fileProblems)
    implements Serializable {}
