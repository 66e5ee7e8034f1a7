/** numpy's and zip's file formats. Knows no images. */
package io.sparkddpm.archive;
