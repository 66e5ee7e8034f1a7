/** The kinds of failure: bad input, divergence, programmers' errors. */
package io.sparkddpm.error;
