package io.sparkddpm.medium;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;

/**
 * What items are to people: how one is written as a file, and what that looks like. Datasets note
 * theirs, and so does all that is trained on them and drawn from that. Threads share it.
 *
 * <p>Another one is a public record with a {@link io.sparkddpm.config.Variant}, which names it, and
 * a line in {@code META-INF/services}; its components are what artefacts note of it.
 */
@OneOf(services = true)
public interface Medium extends Serializable {
  /** Extension of an item's file, without the dot; also the column of such files in samples. */
  String extension();

  /** What several items are called in messages, such as "images". */
  String plural();

  /** Whether all values of items are in [-1, 1], so that a predicted x0 may be clipped to that. */
  boolean isBounded();

  /**
   * An item as a file. Equal items give equal bytes.
   *
   * @param items as networks take and give them; not changed
   * @throws IllegalArgumentException if their shape or a value is none of this medium
   */
  byte[] write(Batch items, int index);

  /**
   * An item of a file.
   *
   * @param file that {@link #write} has made
   * @param name of the item, for messages
   * @return a batch of one, as {@link #write} was given it but for rounding
   * @throws io.sparkddpm.error.BadRecordException if it is no such file
   */
  Batch read(byte[] file, String name);

  /**
   * What an item looks like. Pictures of items of one shape have one size.
   *
   * @param file that {@link #write} has made
   * @param name of the item, for messages
   * @throws io.sparkddpm.error.BadRecordException if it is no such file
   */
  ByteImage picture(byte[] file, String name);

  /** Whether items are texts, which {@link #line} gives. */
  default boolean isText() {
    return false;
  }

  /**
   * An item as a line of text, for a list of all.
   *
   * @param file that {@link #write} has made
   * @param name of the item, for messages
   * @return without line feeds
   * @throws io.sparkddpm.error.BadRecordException if it is no such file
   * @throws UnsupportedOperationException unless {@link #isText}
   */
  default String line(byte[] file, String name) {
    throw new UnsupportedOperationException("not a text: " + name);
  }
}
