package io.sparkddpm.spark.data;

/**
 * One image as it is stored.
 *
 * @param bytes as they stand in the source
 * @param source file and record, the same wherever the input lies
 * @param label from 0, where the source knows it without decoding
 */
record RawImage(byte[] bytes, String source, int label) {}
