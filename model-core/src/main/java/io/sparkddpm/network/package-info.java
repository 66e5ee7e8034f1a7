/**
 * Descriptions of networks, whatever their kernels, and the contract of a network that runs. A
 * {@link io.sparkddpm.network.NetworkConfig} makes a {@link io.sparkddpm.network.NetworkSpec},
 * which is a list of {@link io.sparkddpm.network.Node}s; engines have a layer for each kind of
 * node. No loss, optimiser or data may be known here.
 *
 * <p>What other networks need, and where it goes:
 *
 * <ul>
 *   <li>Another condition of the whole item (a pooled text, a second level): an {@link
 *       io.sparkddpm.network.EmbeddingNode} beside {@link io.sparkddpm.network.ClassEmbedding},
 *       whose layers read it from the condition.
 *   <li>Cross-attention: a body node {@code CrossAttention(name, in, groups, heads, contextWidth)}
 *       with the parameters of {@link io.sparkddpm.network.Attention} but keys and values made from
 *       the context vectors, which its layers read from the condition.
 *   <li>A learned variance: the last convolution has twice as many channels; the head reads them.
 * </ul>
 */
package io.sparkddpm.network;
