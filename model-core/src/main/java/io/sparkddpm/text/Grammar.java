package io.sparkddpm.text;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Sentences that the program makes itself, to try text out without data: somebody does something to
 * somebody, in English words with an ending where subject and verb, determiner and noun agree.
 * Every choice is even and independent, and no sentence comes about in two ways, so that the
 * entropy of a sentence is the sum of the choices' logarithms. Sentence i is a pure function of
 * (seed, i).
 */
public final class Grammar {
  /** The longest sentence has so many characters. */
  public static final int LONGEST = 35;

  private static final List<String> ONE = List.of("the", "one", "any");
  private static final List<String> MANY = List.of("the", "two", "all");
  private static final List<String> ADJECTIVES = List.of("big", "old", "red", "shy");
  private static final List<String> NOUNS =
      List.of("bat", "cat", "cow", "dog", "fox", "hen", "owl", "pig");
  private static final List<String> VERBS =
      List.of("call", "find", "hear", "help", "know", "like", "meet", "want");
  private static final List<String> ADVERBS = List.of("now", "too");

  private static final Pattern SENTENCE = pattern();

  private Grammar() {}

  /**
   * Sentence {@code index} of the endless row that belongs to {@code seed}; ends with a full stop.
   */
  public static String sentence(long seed, long index) {
    RandomStream random = RandomStream.of(seed, Purpose.GRAMMAR, index);
    List<String> words = new ArrayList<>();
    boolean many = addNouns(words, random);
    words.add(any(VERBS, random) + (many ? "" : "s"));
    addNouns(words, random);
    if (random.nextInt(2) == 1) {
      words.add(any(ADVERBS, random));
    }
    return String.join(" ", words) + ".";
  }

  private static boolean addNouns(List<String> words, RandomStream random) {
    boolean many = random.nextInt(2) == 1;
    words.add(any(many ? MANY : ONE, random));
    if (random.nextInt(2) == 1) {
      words.add(any(ADJECTIVES, random));
    }
    words.add(any(NOUNS, random) + (many ? "s" : ""));
    return many;
  }

  private static String any(List<String> words, RandomStream random) {
    return words.get(random.nextInt(words.size()));
  }

  /** Whether a text is one of the sentences. */
  public static boolean isValid(String text) {
    return SENTENCE.matcher(text).matches();
  }

  /** Entropy of a sentence in bits. */
  public static double entropyBits() {
    double nouns = 1 + bits(ONE) + 1 + bits(ADJECTIVES) / 2 + bits(NOUNS);
    return nouns + bits(VERBS) + nouns + 1 + bits(ADVERBS) / 2;
  }

  private static double bits(List<String> words) {
    return StrictMath.log(words.size()) / StrictMath.log(2);
  }

  private static Pattern pattern() {
    String adjective = "(" + group(ADJECTIVES) + " )?";
    String one = group(ONE) + " " + adjective + group(NOUNS);
    String many = group(MANY) + " " + adjective + group(NOUNS) + "s";
    String verbs = group(VERBS);
    return Pattern.compile(
        "("
            + one
            + " "
            + verbs
            + "s|"
            + many
            + " "
            + verbs
            + ") ("
            + one
            + "|"
            + many
            + ")( "
            + group(ADVERBS)
            + ")?\\.");
  }

  private static String group(List<String> words) {
    return "(" + String.join("|", words) + ")";
  }
}
