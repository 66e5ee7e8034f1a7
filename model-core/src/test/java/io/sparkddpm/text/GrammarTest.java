package io.sparkddpm.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
  private static final int SENTENCES = 20_000;

  @Test
  void sentencesAreValidAndAsLongAsTheySay() {
    int longest = 0;
    for (int i = 0; i < SENTENCES; i++) {
      String sentence = Grammar.sentence(3, i);
      assertTrue(Grammar.isValid(sentence), sentence);
      longest = Math.max(longest, sentence.length());
    }
    assertEquals(Grammar.LONGEST, longest);
    assertEquals(Grammar.sentence(3, 7), Grammar.sentence(3, 7));
    assertFalse(Grammar.sentence(3, 7).equals(Grammar.sentence(4, 7)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "the cats likes one dog.", // a subject and a verb that do not agree
        "any dogs likes one dog.",
        "two dog like one dog.",
        "one cat likes the dog",
        "one cat likes the dog. ",
        "one cat likes.",
        "one  cat likes the dog.",
        "one cta likes the dog.",
        "one big big cat likes the dog.",
        ""
      })
  void otherTextsAreNot(String text) {
    assertFalse(Grammar.isValid(text));
  }

  @Test
  void theEntropyIsThatOfTheChoices() {
    // number, determiner of 3, an adjective of 4 or none, noun of 8; twice; verb of 8; adverb of 2
    double nouns = 1 + Math.log(3) / Math.log(2) + 1 + 0.5 * 2 + 3;
    assertEquals(2 * nouns + 3 + 1 + 0.5 * 1, Grammar.entropyBits(), 1e-12);
  }

  /**
   * Of the first two words, whose distribution is known: 3 of 6 determiners go with each number.
   */
  @Test
  void drawnSentencesHaveTheEntropy() {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < SENTENCES; i++) {
      String[] words = Grammar.sentence(5, i).split(" ");
      counts.merge(words[0] + " " + words[1], 1, Integer::sum);
    }
    double entropy = 0;
    for (int count : counts.values()) {
      entropy -= count / (double) SENTENCES * Math.log(count / (double) SENTENCES) / Math.log(2);
    }
    // "the" is of both numbers: with a noun the number shows, with an adjective it does not
    double expected = 1 + 0.5 * (1 + Math.log(3) / Math.log(2) + 3) + 0.5 * (determiner() + 2);
    int pairs = 48 + 20;
    double bias = (pairs - 1) / (2.0 * SENTENCES * Math.log(2)); // Miller 1955
    assertEquals(pairs, counts.size());
    // log₂ p is −6.6 for half of the sentences, −4.6 for a sixth and −5.6 for a third: a variance
    // of
    // 5/9, and five standard deviations of the mean
    assertEquals(expected, entropy + bias, 5 * Math.sqrt(5 / 9.0 / SENTENCES));
  }

  /** Entropy of the determiner alone: one of five, the first of them twice as likely. */
  private static double determiner() {
    return (2 / 6.0 * Math.log(3) + 4 / 6.0 * Math.log(6)) / Math.log(2);
  }
}
