/** Sets of points in space: files, drawn shapes, pictures and distances. */
package io.sparkddpm.points;
