/** Plain arrays with shapes, and files of named tensors. Knows no images, networks or engines. */
package io.sparkddpm.tensor;
