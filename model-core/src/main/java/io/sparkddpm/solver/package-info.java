/**
 * The ways from noise to data: solvers, the grids that they go along, and the noise of each item.
 * Knows denoisers, but nothing of networks, images or files.
 */
package io.sparkddpm.solver;
