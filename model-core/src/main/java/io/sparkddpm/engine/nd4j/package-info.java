/** The default engine: the network's layers, Adam and threads on ND4J's native back end. */
package io.sparkddpm.engine.nd4j;
