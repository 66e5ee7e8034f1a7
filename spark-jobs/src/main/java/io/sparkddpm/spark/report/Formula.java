package io.sparkddpm.spark.report;

import static io.sparkddpm.error.Checks.checkArgument;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Formulas in a line of text, as MathML, which browsers set by themselves. Understood are {@code _}
 * and {@code ^} before a symbol or a group, groups in braces, {@code \frac{a}{b}} and {@code
 * \sqrt{a}}; all other signs are taken as they are, such as α, ∇ or ≈. A letter alone is a
 * variable, several in a row are a name, such as {@code log}. Two spaces or more are a wide one,
 * single ones only separate.
 */
final class Formula {
  private static final String FRACTION = "\\frac";
  private static final String ROOT = "\\sqrt";

  /** Beside a name, so that it does not run into its neighbours. */
  private static final String SPACE = "<mspace width=\"0.2em\"/>";

  /** By the combining mark: what is set over a letter. Fonts for formulas often lack the marks. */
  private static final Map<Character, String> ACCENTS =
      Map.of('\u0302', "ˆ", '\u0303', "˜", '\u0304', "¯");

  private static final String WIDE_SPACE = "<mspace width=\"1em\"/>";
  private static final Pattern NAME = Pattern.compile("(<msu[bp]+>)?<mi>[A-Za-z]{2,}<.*");

  /** After these a name needs a space as after a variable. */
  private static final Pattern CLOSING = Pattern.compile("<mo .*>[)\\]'∇]</mo>");

  private final String text;
  private int at;

  private Formula(String text) {
    this.text = text;
  }

  /**
   * A formula of its own line.
   *
   * @throws IllegalArgumentException if braces do not match
   */
  static String toMathMl(String formula) {
    Formula parser = new Formula(formula);
    String row = parser.row();
    checkArgument(parser.at == formula.length(), "a brace too many in %s", formula);
    return "<math display=\"block\">" + row + "</math>";
  }

  /** What comes up to a closing brace or the end. */
  private String row() {
    List<String> parts = new ArrayList<>();
    while (at < text.length() && text.charAt(at) != '}') {
      char c = text.charAt(at);
      if (c == ' ') {
        int begin = at;
        while (at < text.length() && text.charAt(at) == ' ') {
          at++;
        }
        if (at - begin > 1) {
          parts.add(WIDE_SPACE);
        }
      } else if (c == '_' || c == '^') {
        checkArgument(!parts.isEmpty(), "nothing stands before an index in %s", text);
        scripts(parts);
      } else {
        parts.add(part());
      }
    }
    return "<mrow>" + joined(parts) + "</mrow>";
  }

  private static String joined(List<String> parts) {
    StringBuilder row = new StringBuilder();
    String last = "<mo ";
    for (String part : parts) {
      boolean afterName = isName(last) && !part.startsWith("<mo ");
      boolean beforeName =
          isName(part) && (!last.startsWith("<mo ") || CLOSING.matcher(last).matches());
      if (afterName || beforeName) {
        row.append(SPACE);
      }
      row.append(part);
      last = part;
    }
    return row.toString();
  }

  private static boolean isName(String part) {
    return NAME.matcher(part).matches();
  }

  /** An index, a power, or both, of the last part. */
  private void scripts(List<String> parts) {
    String sub = "";
    String sup = "";
    while (at < text.length() && (text.charAt(at) == '_' || text.charAt(at) == '^')) {
      boolean below = text.charAt(at++) == '_';
      String script = part();
      sub = below ? script : sub;
      sup = below ? sup : script;
    }
    String kind = sub.isEmpty() ? "msup" : sup.isEmpty() ? "msub" : "msubsup";
    String base = parts.remove(parts.size() - 1);
    parts.add("<" + kind + ">" + base + sub + sup + "</" + kind + ">");
  }

  private String part() {
    if (text.startsWith(FRACTION, at)) {
      at += FRACTION.length();
      return "<mfrac>" + group() + group() + "</mfrac>";
    }
    if (text.startsWith(ROOT, at)) {
      at += ROOT.length();
      return "<msqrt>" + group() + "</msqrt>";
    }
    checkArgument(at < text.length(), "%s ends too early", text);
    if (text.charAt(at) == '{') {
      return group();
    }
    int begin = at;
    int first = text.codePointAt(at);
    at += Character.charCount(first);
    if (Character.isDigit(first)) {
      while (at < text.length() && (isDigit(at) || text.charAt(at) == '.' && isDigit(at + 1))) {
        at++;
      }
      return "<mn>" + text.substring(begin, at) + "</mn>";
    }
    if (!Character.isLetter(first)) {
      return sign(text.substring(begin, at).replace('-', '−'));
    }
    while (isLatin(first) && at < text.length() && isLatin(text.charAt(at))) {
      at++;
    }
    while (at < text.length() && Character.getType(text.charAt(at)) == Character.NON_SPACING_MARK) {
      at++; // a hat or a tilde on the letter
    }
    String letters = Normalizer.normalize(text.substring(begin, at), Normalizer.Form.NFD);
    int last = letters.length() - 1;
    String accent = ACCENTS.get(letters.charAt(last));
    return accent == null
        ? "<mi>" + letters + "</mi>"
        : "<mover accent=\"true\"><mi>"
            + letters.substring(0, last)
            + "</mi>"
            + sign(accent)
            + "</mover>";
  }

  private static String sign(String sign) {
    return "<mo stretchy=\"false\">" + HtmlReport.escape(sign) + "</mo>";
  }

  private boolean isDigit(int index) {
    return index < text.length() && Character.isDigit(text.charAt(index));
  }

  private static boolean isLatin(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private String group() {
    checkArgument(at < text.length() && text.charAt(at) == '{', "a group is missing in %s", text);
    at++;
    String inner = row();
    checkArgument(at < text.length(), "a brace is not closed in %s", text);
    at++;
    return inner;
  }
}
