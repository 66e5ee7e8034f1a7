package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormulaTest {
  private static String row(String formula) {
    String math = Formula.toMathMl(formula);
    return math.replaceAll("^<math display=\"block\"><mrow>|</mrow></math>$", "");
  }

  @ParameterizedTest
  @CsvSource({
    "x_t,<msub><mi>x</mi><mi>t</mi></msub>",
    "x_0^2,<msubsup><mi>x</mi><mn>0</mn><mn>2</mn></msubsup>",
    "log p,<mi>log</mi><mspace width=\"0.2em\"/><mi>p</mi>",
    "E log',<mi>E</mi><mspace width=\"0.2em\"/><mi>log</mi><mo stretchy=\"false\">'</mo>",
    "SNR_k(,<msub><mi>SNR</mi><mi>k</mi></msub><mo stretchy=\"false\">(</mo>",
    "a  b,<mi>a</mi><mspace width=\"1em\"/><mi>b</mi>",
    "ε<1.5,<mi>ε</mi><mo stretchy=\"false\">&lt;</mo><mn>1.5</mn>",
    "β̃,<mover accent=\"true\"><mi>β</mi><mo stretchy=\"false\">˜</mo></mover>",
    "\\frac{a}{2},<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn></mrow></mfrac>",
    "\\sqrt{ᾱ_t},<msqrt><mrow><msub><mover accent=\"true\"><mi>α</mi><mo"
        + " stretchy=\"false\">¯</mo></mover><mi>t</mi></msub></mrow></msqrt>"
  })
  void isSet(String formula, String expected) {
    assertEquals(expected, row(formula));
  }

  @ParameterizedTest
  @CsvSource({
    "a},a brace too many in a}",
    "{a,a brace is not closed in {a",
    "_a,nothing stands before an index in _a",
    "\\sqrt a,a group is missing in \\sqrt a",
    "a_,a_ ends too early"
  })
  void mistakesAreNamed(String formula, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> Formula.toMathMl(formula)).getMessage());
  }

  @Test
  void spacesSeparateNames() {
    assertEquals("<mi>a</mi><mi>b</mi>", row("a b"));
    assertEquals("<mi>ab</mi>", row("ab"));
  }
}
