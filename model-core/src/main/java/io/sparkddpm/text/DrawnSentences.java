package io.sparkddpm.text;

import io.sparkddpm.medium.DrawnItems;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The sentences of {@link Grammar}, one a line. */
public final class DrawnSentences implements DrawnItems {
  @Override
  public String name() {
    return "sentences";
  }

  @Override
  public String extension() {
    return "txt";
  }

  @Override
  public List<String> classNames() {
    return List.of();
  }

  @Override
  public boolean areLines() {
    return true;
  }

  @Override
  public byte[] file(long seed, long index) {
    return (Grammar.sentence(seed, index) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
