/** Places of tensors in native buffers of the default engine. */
package io.sparkddpm.memory;
