/** How failures are told apart: bad input, divergence, programmers' errors. */
package io.sparkddpm.error;
