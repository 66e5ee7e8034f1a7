package io.sparkddpm.text;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Text as characters of a vocabulary, in UTF-8. Items are numbers of characters, [1, 1, length], or
 * sequences as networks see them, [states, 1, length], of which a state beyond the vocabulary is
 * the mask and written as {@link #MASK}.
 *
 * @param vocabulary all characters, in the order of their code points
 */
@Variant(value = "text", description = "texts of characters, in UTF-8")
public record TextMedium(@Key("characters by number") String vocabulary) implements Medium {
  /** Stands for a character that is masked. */
  public static final int MASK = 0x2592;

  private static final long serialVersionUID = 1L;

  /** Of one character. */
  public TextMedium() {
    this(" ");
  }

  /** Puts the characters in order. */
  public TextMedium {
    vocabulary = Vocabulary.of(vocabulary).toString();
  }

  @Override
  public String plural() {
    return "texts";
  }

  @Override
  public String extension() {
    return "txt";
  }

  /** Probabilities are. */
  @Override
  public boolean isBounded() {
    return true;
  }

  @Override
  public byte[] write(Batch items, int index) {
    Vocabulary characters = Vocabulary.of(vocabulary);
    int places = items.shape().dim(2);
    StringBuilder text = new StringBuilder();
    for (int place = 0; place < places; place++) {
      int state =
          items.channels() == 1
              ? (int) items.data()[items.offset(index) + place]
              : TokenLogits.state(items, index, place);
      text.appendCodePoint(state < characters.size() ? characters.character(state) : MASK);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** {@inheritDoc} It has the numbers of characters, [1, 1, length]. */
  @Override
  public Batch read(byte[] file, String name) {
    Vocabulary characters = Vocabulary.of(vocabulary);
    int[] codePoints = text(file, name).codePoints().toArray();
    Batch item = new Batch(1, Shape.of(1, 1, Math.max(1, codePoints.length)));
    for (int i = 0; i < codePoints.length; i++) {
      int number = characters.number(codePoints[i]);
      if (number < 0) {
        throw new BadRecordException(
            "%s has the character U+%04X, which is not in the vocabulary", name, codePoints[i]);
      }
      item.data()[i] = number;
    }
    return item;
  }

  @Override
  public ByteImage picture(byte[] file, String name) {
    return TextPicture.of(text(file, name));
  }

  @Override
  public boolean isText() {
    return true;
  }

  /** {@inheritDoc} Without line feeds at its end; others are written as {@code \n}. */
  @Override
  public String line(byte[] file, String name) {
    String text = text(file, name);
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '\n') {
      end--;
    }
    return text.substring(0, end).replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static String text(byte[] file, String name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file)).toString();
    } catch (CharacterCodingException e) {
      throw new BadRecordException(e, "%s is no text in UTF-8", name);
    }
  }
}
