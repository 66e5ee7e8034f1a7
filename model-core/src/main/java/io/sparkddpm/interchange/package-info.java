/**
 * Weights and settings of other programs: the names that they have for tensors, where in a file
 * weights lie, and the configuration files of diffusers.
 */
package io.sparkddpm.interchange;
