/**
 * Reads tensors from the pickles that PyTorch writes. A pickle is a program; here its instructions
 * build plain data, and the few names that PyTorch needs stand for tensors. No name is ever looked
 * up, and nothing is called.
 */
package io.sparkddpm.pickle;
