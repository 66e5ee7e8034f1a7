/** Descriptions of networks: tensors, costs and memory, told without a kernel. */
package io.sparkddpm.network;
