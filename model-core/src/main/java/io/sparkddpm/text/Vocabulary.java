package io.sparkddpm.text;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseConfig;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;

/**
 * The characters of a dataset of text, numbered in the order of their code points: so it depends on
 * which characters there are and on nothing else. A character is a code point of Unicode.
 * Immutable; threads may share it.
 */
public final class Vocabulary implements Serializable {
  /** Characters that a byte can number. */
  public static final int MOST = NoiseConfig.MOST_TOKENS;

  private static final long serialVersionUID = 1L;

  private final int[] characters;

  private Vocabulary(int[] characters) {
    checkArgument(
        characters.length >= 1 && characters.length <= MOST,
        "a vocabulary has 1 to %s characters, got %s",
        MOST,
        characters.length);
    this.characters = characters;
  }

  /**
   * Of these code points, in any order.
   *
   * @throws IllegalArgumentException if they are none or too many
   */
  public static Vocabulary of(Collection<Integer> codePoints) {
    return new Vocabulary(new TreeSet<>(codePoints).stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * Of the characters of a text, in any order, as {@link #toString} gives them.
   *
   * @throws IllegalArgumentException if they are none or too many
   */
  public static Vocabulary of(String characters) {
    return new Vocabulary(characters.codePoints().sorted().distinct().toArray());
  }

  /** Number of characters. */
  public int size() {
    return characters.length;
  }

  /** The number of a character, from 0; below 0 if it is none of these. */
  public int number(int codePoint) {
    int found = Arrays.binarySearch(characters, codePoint);
    return found < 0 ? -1 : found;
  }

  /** The code point of a number. */
  public int character(int number) {
    return characters[number];
  }

  /** All characters in the order of their numbers. */
  @Override
  public String toString() {
    return new String(characters, 0, characters.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vocabulary vocabulary
        && Arrays.equals(characters, vocabulary.characters);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(characters);
  }
}
