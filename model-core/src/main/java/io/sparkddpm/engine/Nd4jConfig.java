package io.sparkddpm.engine;

import io.sparkddpm.config.Variant;

/** The default engine, which others are checked against. */
@Variant(
    value = "nd4j",
    description = "ND4J's native code with kernels of our own, on processors",
    aliases = "dl4j")
public record Nd4jConfig() implements EngineConfig {}
