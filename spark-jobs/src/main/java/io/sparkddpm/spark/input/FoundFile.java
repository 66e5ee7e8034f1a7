package io.sparkddpm.spark.input;

import org.apache.hadoop.fs.Path;

/**
 * An image file of a folder.
 *
 * @param path where it lies
 * @param folder the folder directly below the listed one that it lies in, at any depth; empty if in
 *     none
 * @param size in bytes
 * @param modified in the file system's milliseconds
 */
public record FoundFile(Path path, String folder, long size, long modified) {}
