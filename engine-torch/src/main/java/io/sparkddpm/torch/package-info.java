/**
 * The compute engine on LibTorch: the same network, parameters and steps as the default engine's,
 * with the library's automatic differentiation, on processors (float32, bfloat16) and NVIDIA cards.
 */
package io.sparkddpm.torch;
