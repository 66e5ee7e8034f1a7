package io.sparkddpm.spark.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.archive.TarReader;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The samples of a tar file in the WebDataset convention: runs of neighbouring members of one key,
 * which is the name up to the first dot after the last slash; the rest, in lower case, is the
 * extension. For one thread.
 */
final class WebDatasetSamples {
  private static final Set<String> IMAGES = Set.of("png", "jpg", "jpeg", "webp");
  private static final String CLASS = "cls";
  private static final String JSON = "json";
  private static final String LABEL = "label";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
  private static final int LONGEST_LABEL = 1 << 20;
  private static final int SHOWN = 40;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final TarReader tar;
  private final ColumnChoice choice;
  private Optional<Member> ahead;

  /** A member that belongs to a sample. */
  private record Member(TarReader.Member in, String key, String extension) {}

  /** What the members of one key hold. For one thread. */
  static final class Sample {
    private final long begin;
    private final String first;
    private final Set<String> extensions = new HashSet<>();
    private Optional<TarReader.Member> image = Optional.empty();
    private int label = Condition.NO_LABEL;
    private int jsonLabel = Condition.NO_LABEL;
    private String problem = "";

    private Sample(Member member) {
      this.begin = member.in.begin();
      this.first = member.in.name();
    }

    /** Where a reader of its tar file may begin for it. */
    long begin() {
      return begin;
    }

    /** Its image's member, if it has one. */
    Optional<TarReader.Member> image() {
      return image;
    }

    /** The image's name, or the first one where there is none. */
    String name() {
      return image.map(TarReader.Member::name).orElse(first);
    }

    /** From 0, or {@link Condition#NO_LABEL}. */
    int label() {
      return label != Condition.NO_LABEL ? label : jsonLabel;
    }

    /** Why it has no label that can be used; empty if it has one, or there is nothing to read. */
    String problem() {
      return problem;
    }
  }

  /**
   * @param tar from its beginning, or from where a sample begins
   * @param choice the extensions of image and label, where they are not the common ones
   */
  WebDatasetSamples(TarReader tar, ColumnChoice choice) throws IOException {
    this.tar = tar;
    this.choice = choice;
    this.ahead = member();
  }

  /**
   * The next sample, with an image or without; empty at the end.
   *
   * @throws UserException if the file is damaged, or a sample has two members of one extension
   */
  Optional<Sample> next() throws IOException {
    if (ahead.isEmpty()) {
      return Optional.empty();
    }
    String key = ahead.get().key();
    Sample sample = new Sample(ahead.get());
    while (ahead.isPresent() && ahead.get().key().equals(key)) {
      add(sample, ahead.get());
      ahead = member();
    }
    return Optional.of(sample);
  }

  /** The next member that can belong to a sample: a file with an extension that is not hidden. */
  private Optional<Member> member() throws IOException {
    for (Optional<TarReader.Member> found = tar.next(); found.isPresent(); found = tar.next()) {
      String name = found.get().name();
      int base = name.lastIndexOf('/') + 1;
      int dot = name.indexOf('.', base);
      if (found.get().isFile() && dot > base && !name.startsWith("__MACOSX/")) {
        String extension = name.substring(dot + 1).toLowerCase(Locale.ROOT);
        return Optional.of(new Member(found.get(), name.substring(0, dot), extension));
      }
    }
    return Optional.empty();
  }

  private void add(Sample sample, Member member) throws IOException {
    if (!sample.extensions.add(member.extension())) {
      throw new UserException(
          "%s: sample %s has two members .%s", tar.source(), member.key(), member.extension());
    }
    if (isImage(member.extension())) {
      sample.image = sample.image.isPresent() ? sample.image : Optional.of(member.in());
    } else if (choice.takesNoLabels()) {
      return;
    } else if (member.extension().equals(choice.label().isEmpty() ? CLASS : choice.label())) {
      Optional<String> text = text(sample, member);
      sample.label = text.isEmpty() ? Condition.NO_LABEL : number(sample, member, text.get());
    } else if (member.extension().equals(JSON)) {
      addJson(sample, member);
    }
  }

  private boolean isImage(String extension) {
    return choice.image().isEmpty()
        ? IMAGES.contains(extension.substring(extension.lastIndexOf('.') + 1))
        : extension.equals(choice.image());
  }

  private void addJson(Sample sample, Member member) throws IOException {
    Optional<String> text = text(sample, member);
    if (text.isEmpty()) {
      return;
    }
    try {
      JsonNode label =
          MAPPER.readTree(text.get()).path(choice.label().isEmpty() ? LABEL : choice.label());
      if (!label.isMissingNode() && !label.isNull()) {
        sample.jsonLabel = number(sample, member, label.asText(label.toString()));
      }
    } catch (JsonProcessingException e) {
      sample.problem = "has a ." + JSON + " that cannot be read: " + e.getOriginalMessage();
    }
  }

  private Optional<String> text(Sample sample, Member member) throws IOException {
    if (member.in().size() > LONGEST_LABEL) {
      sample.problem = "has a ." + member.extension() + " of " + member.in().size() + " bytes";
      return Optional.empty();
    }
    return Optional.of(new String(tar.read(member.in()), StandardCharsets.UTF_8));
  }

  private static int number(Sample sample, Member member, String text) {
    String stripped = text.strip();
    if (!NUMBER.matcher(stripped).matches()) {
      sample.problem =
          String.format(
              Locale.ROOT,
              "has the label %s in its .%s; a label is a whole number from 0",
              stripped.substring(0, Math.min(SHOWN, stripped.length())),
              member.extension());
      return Condition.NO_LABEL;
    }
    return Integer.parseInt(stripped);
  }
}
