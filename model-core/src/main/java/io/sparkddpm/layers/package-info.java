/** The U-Net of Ho et al. 2020, layers with explicit backpropagation over native operations. */
package io.sparkddpm.layers;
