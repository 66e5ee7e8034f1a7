package io.sparkddpm.error;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class UserExceptionTest {
  @Test
  void whatAMessageQuotesLeavesItOneLine() {
    String quoted = "a\n\tb\r\nc\u2028d\u001b[2Je\u0000\u0085f";
    assertEquals(
        "'a b c d\\u001b[2Je\\u0000\\u0085f' is wrong",
        new UserException("'%s' is wrong", quoted).getMessage());
    assertEquals("x y", new UserException(new IllegalStateException(), "x%s", "\ny").getMessage());
    assertEquals("Bäume, 日本, 🦆", new UserException("%s", "Bäume, 日本, 🦆").getMessage());
  }
}
