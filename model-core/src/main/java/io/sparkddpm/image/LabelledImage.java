package io.sparkddpm.image;

/**
 * An image and its class.
 *
 * @param label from 0
 */
public record LabelledImage(ByteImage image, int label) {}
