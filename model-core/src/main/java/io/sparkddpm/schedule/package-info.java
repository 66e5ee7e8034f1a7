/** β_t and what follows from it, in double. */
package io.sparkddpm.schedule;
