package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.tensor.Shape;
import io.sparkddpm.text.TextMedium;
import io.sparkddpm.text.Vocabulary;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * Files of text in UTF-8, which become sequences of characters of one length. The vocabulary is all
 * characters of all files, in the order of their code points. Files are read twice, once for their
 * characters and once for their records, and never held as a whole.
 */
@Variant(value = "text", description = "text files in UTF-8, cut into sequences of characters")
public record TextSource(
    @Key(value = "characters of a record", range = "[1, 65536]") int length,
    @Key("how files are cut into records") Cut cut)
    implements RecordSource {
  private static final long serialVersionUID = 1L;
  private static final List<String> EXTENSIONS = List.of(".txt", ".text");
  private static final int LONGEST = 65_536;

  /** Records of a slice. */
  private static final int STRIDE = 1024;

  /** How files are cut. */
  public enum Cut {
    /**
     * Each line is a record, filled up with line feeds. Empty lines are left out; a longer line is
     * a bad record.
     */
    LINES,
    /** Each file is a row of records without gaps; characters after the last whole one are left. */
    STREAM
  }

  /** Of long texts. */
  public TextSource() {
    this(64, Cut.STREAM);
  }

  /** Checks the range. */
  public TextSource {
    Objects.requireNonNull(cut);
    checkArgument(
        length >= 1 && length <= LONGEST, "length must be 1 to %s, got %s", LONGEST, length);
  }

  @Override
  public List<String> extensions() {
    return EXTENSIONS;
  }

  @Override
  public RecordLayout layout(ShardConfig config) {
    return new RecordLayout(DataType.TOKEN8, Shape.of(1, 1, length));
  }

  /**
   * What a listing needs of a file.
   *
   * @param offsets where every {@link #STRIDE}th record begins, in bytes
   */
  private record Look(long records, long[] offsets, TreeSet<Integer> characters)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SplitFiles files = SplitFiles.of(conf, inputs, EXTENSIONS);
    List<Look> looks = FileScan.of(conf, "read texts", files.files(), this::look);
    TreeSet<Integer> characters = new TreeSet<>();
    for (int i = 0; i < looks.size(); i++) {
      characters.addAll(looks.get(i).characters());
      requireFew(characters, files.files().get(i).uri());
    }
    if (cut == Cut.LINES) {
      characters.add((int) '\n');
    }
    if (looks.stream().allMatch(look -> look.records() == 0)) {
      throw new UserException(
          cut == Cut.LINES
              ? "%s holds no line of text"
              : "%s holds no text of %d characters (shard.format.length)",
          inputs.get(0),
          length);
    }
    Vocabulary vocabulary = Vocabulary.of(characters);
    SourceListing.Builder slices = new SourceListing.Builder();
    files.warnings().forEach(slices::warn);
    for (int i = 0; i < looks.size(); i++) {
      add(slices, files.taken().get(i), looks.get(i), vocabulary);
    }
    return slices.build(List.of()).mixed();
  }

  /** Of a vocabulary that only the inputs know. */
  @Override
  public Medium medium() {
    return new TextMedium();
  }

  /** Of the listing's characters, which every slice names. */
  @Override
  public Medium medium(SourceListing listing) {
    String vocabulary = SliceKey.of(listing.first().key()).vocabulary().toString();
    return new TextMedium(vocabulary);
  }

  private Look look(Configuration conf, InputFile file) throws IOException {
    TreeSet<Integer> characters = new TreeSet<>();
    List<Long> offsets = new ArrayList<>();
    long records = 0;
    try (TextRecords all =
        new TextRecords(
            conf,
            file.uri(),
            0,
            cut,
            length,
            character -> {
              if (characters.add(character)) {
                requireFew(characters, file.uri());
              }
            })) {
      while (all.next()) {
        if (records++ % STRIDE == 0) {
          offsets.add(all.begin());
        }
      }
    }
    return new Look(records, offsets.stream().mapToLong(Long::longValue).toArray(), characters);
  }

  private static void requireFew(TreeSet<Integer> characters, URI file) {
    if (characters.size() > Vocabulary.MOST) {
      throw new UserException(
          "with %s there are more than %d different characters, the last one U+%04X; a vocabulary"
              + " has at most so many: replace the rare ones",
          file, Vocabulary.MOST, characters.last());
    }
  }

  private static void add(
      SourceListing.Builder slices, SplitFiles.Taken file, Look look, Vocabulary vocabulary) {
    for (int i = 0; i < look.offsets().length; i++) {
      long first = (long) i * STRIDE;
      long count = Math.min(STRIDE, look.records() - first);
      SliceKey key = new SliceKey(first, look.offsets()[i], vocabulary);
      slices.add(file.slice(first, count, key.text()));
    }
  }

  /**
   * Where reading begins, and what numbers the characters have, as the slice's key has it.
   *
   * @param first record at the offset
   * @param offset in bytes
   */
  private record SliceKey(long first, long offset, Vocabulary vocabulary) {
    private static final String SEPARATOR = ":";

    String text() {
      return first + SEPARATOR + offset + SEPARATOR + vocabulary;
    }

    static SliceKey of(String text) {
      String[] fields = text.split(SEPARATOR, 3);
      return new SliceKey(
          Long.parseLong(fields[0]), Long.parseLong(fields[1]), Vocabulary.of(fields[2]));
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    SliceKey key = SliceKey.of(slice.key());
    byte[] characters = key.vocabulary().toString().getBytes(StandardCharsets.UTF_8);
    try (TextRecords all =
        new TextRecords(conf, slice.uri(), key.offset(), cut, length, character -> {})) {
      long end = slice.first() + slice.records();
      for (long at = key.first(); at < end; at++) {
        if (!all.next()) {
          throw new UserException("%s has changed while it was read", slice.uri());
        }
        if (at >= slice.first()) {
          consumer.accept(record(all, slice.name() + "#" + at, key.vocabulary(), characters));
        }
      }
    }
  }

  /** The numbers of a record's characters and, since they mean nothing else, what they number. */
  private RawRecord record(
      TextRecords all, String source, Vocabulary vocabulary, byte[] characters) {
    if (all.isTooLong()) {
      return RawRecord.bad(
          source, "has more than the " + length + " characters of shard.format.length");
    }
    byte[] bytes = new byte[length + characters.length];
    for (int i = 0; i < length; i++) {
      int number = vocabulary.number(all.characters()[i]);
      if (number < 0) {
        throw new UserException("%s has changed while it was read", source);
      }
      bytes[i] = (byte) number;
    }
    System.arraycopy(characters, 0, bytes, length, characters.length);
    return new RawRecord(bytes, source, Condition.NO_LABEL);
  }

  @Override
  public RecordDecoder decoder(ShardConfig config) {
    return raw -> {
      if (!raw.problem().isEmpty()) {
        throw new BadRecordException("%s %s", raw.source(), raw.problem());
      }
      return new Example(Arrays.copyOf(raw.bytes(), length), raw.label());
    };
  }
}
