/** Images as plain float arrays, and their way from and to bytes. */
package io.sparkddpm.image;
