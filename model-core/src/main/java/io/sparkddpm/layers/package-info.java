/**
 * The default engine's layers, one for each kind of {@link io.sparkddpm.network.Node}, with
 * explicit backpropagation over the kernels. They know no loss, optimiser or data.
 */
package io.sparkddpm.layers;
