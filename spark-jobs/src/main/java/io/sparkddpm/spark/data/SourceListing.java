package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;

/**
 * What a job's inputs hold, without having read it; packed, for there may be millions of files.
 * Immutable.
 */
public final class SourceListing {
  private static final int SLICES_A_BLOCK = 4096;

  private final List<String> classNames;
  private final List<SliceBlock> blocks;
  private final List<String> warnings;
  private final boolean isMixed;

  private SourceListing(
      List<String> classNames, List<SliceBlock> blocks, List<String> warnings, boolean isMixed) {
    this.classNames = List.copyOf(classNames);
    this.blocks = List.copyOf(blocks);
    this.warnings = List.copyOf(warnings);
    this.isMixed = isMixed;
  }

  /**
   * Lists inputs.
   *
   * @param inputs files or directories, in their order
   * @throws UserException naming what is missing, empty, cut off or foreign
   */
  public static SourceListing of(Configuration conf, List<URI> inputs, ShardConfig config) {
    List<URI> from = inputs.stream().map(uri -> Locations.qualify(conf, uri)).toList();
    return config.format().list(conf, from);
  }

  /** Class names by label. */
  public List<String> classNames() {
    return classNames;
  }

  /** Warnings for the user, such as what was passed over. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * The same, to be mixed when shards are cut: for listings in which neighbours are alike, such as
   * those that name one class after the other.
   */
  SourceListing mixed() {
    return new SourceListing(classNames, blocks, warnings, true);
  }

  /** Whether shards are to be cut from the listing in a mixed order. */
  boolean isMixed() {
    return isMixed;
  }

  /** The first slice of at least one. */
  SourceSlice first() {
    return blocks.get(0).toList().get(0);
  }

  /** Number of slices. */
  int size() {
    return blocks.stream().mapToInt(SliceBlock::size).reduce(0, Math::addExact);
  }

  /** All slices, in the order of their names. */
  public void forEach(Consumer<SourceSlice> consumer) {
    blocks.forEach(block -> block.forEach(consumer));
  }

  long records() {
    return blocks.stream().mapToLong(SliceBlock::records).sum();
  }

  /** Memory that the slices take. */
  long packedBytes() {
    return blocks.stream().mapToLong(SliceBlock::packedBytes).sum();
  }

  /**
   * All files with the names that datasets and messages call them by, in their order. One of which
   * several ranges are read comes once for each.
   */
  public void forEachFile(BiConsumer<String, InputFile> consumer) {
    forEach(slice -> consumer.accept(slice.name(), InputFile.of(slice)));
  }

  /** The files that pass. */
  public SourceListing only(Predicate<InputFile> wanted) {
    Builder passed = like();
    forEach(
        slice -> {
          if (wanted.test(InputFile.of(slice))) {
            passed.add(slice);
          }
        });
    return passed.build(classNames);
  }

  /** The same with label {@code labels[n]} for label n. */
  SourceListing relabelled(int[] labels) {
    boolean same = true;
    for (int i = 0; i < labels.length; i++) {
      same &= labels[i] == i;
    }
    if (same) {
      return this;
    }
    Builder renamed = like();
    forEach(slice -> renamed.add(slice.withLabel(labels[slice.label()])));
    return renamed.build(classNames);
  }

  /**
   * The same files with other numbers of records.
   *
   * @param records of each slice, in order
   */
  SourceListing withRecords(List<Long> records) {
    Builder builder = like();
    Iterator<Long> next = records.iterator();
    forEach(slice -> builder.add(slice.withRecords(next.next())));
    return builder.build(classNames);
  }

  /**
   * The same files with the labels that they have among other class names.
   *
   * @param names none, or {@link Dataset#ONLY_CLASS} alone, for no labels
   * @throws UserException naming a file and its class, if that is none of them
   */
  public SourceListing labelled(List<String> names) {
    List<String> wanted = Dataset.withoutOnlyClass(names);
    if (wanted.equals(classNames)) {
      return this;
    }
    Builder labelled = like();
    forEach(slice -> labelled.add(slice.withLabel(label(slice, wanted))));
    return labelled.build(wanted);
  }

  /** A builder of a listing with the same warnings, mixed if this one is. */
  private Builder like() {
    Builder builder = new Builder();
    builder.isMixed = isMixed;
    warnings.forEach(builder::warn);
    return builder;
  }

  private int label(SourceSlice slice, List<String> wanted) {
    boolean hasLabel = slice.label() != Condition.NO_LABEL;
    if (!hasLabel && !classNames.isEmpty()) { // it stands in the records themselves
      throw new UserException(
          "%s has the classes %s, but the dataset has %s: choose another output for a dataset with"
              + " those classes",
          slice.uri(), classNames, wanted);
    }
    String name = hasLabel ? classNames.get(slice.label()) : Dataset.ONLY_CLASS;
    int label = wanted.indexOf(name);
    if (label < 0 && !name.equals(Dataset.ONLY_CLASS)) {
      throw new UserException(
          "%s is of class %s, but the dataset has %s, which %s fixed when it was begun: take it out"
              + " of the inputs, or choose another output for a dataset with that class",
          slice.uri(),
          name,
          wanted.isEmpty() ? "no classes" : "the classes " + String.join(", ", wanted) + " alone",
          wanted.isEmpty() ? "was" : "were");
    }
    return label;
  }

  /** Changes whenever a file comes, goes, or is written. */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    forEach(
        s -> {
          String line = s.uri() + "\t" + s.size() + "\t" + s.modified() + "\n";
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        });
    return Sha256.hex(digest);
  }

  /** Takes slices in their order. For one thread. */
  public static final class Builder {
    private final List<SliceBlock> blocks = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private SliceBlock.Builder block = new SliceBlock.Builder();
    private long records;
    private boolean isMixed;

    /** Records of all slices so far. */
    long records() {
      return records;
    }

    /** Adds a warning for the user. */
    public void warn(String line) {
      warnings.add(line);
    }

    /** Adds a slice; the first record of the first one has the first place. */
    public void add(SourceSlice slice) {
      block.add(slice);
      records += slice.records();
      if (block.size() == SLICES_A_BLOCK) {
        finishBlock();
      }
    }

    private void finishBlock() {
      if (block.size() > 0) {
        blocks.add(block.build());
        block = new SliceBlock.Builder();
      }
    }

    /**
     * Ends the listing.
     *
     * @param classNames by label; empty if there are no labels
     */
    public SourceListing build(List<String> classNames) {
      finishBlock();
      return new SourceListing(classNames, blocks, warnings, isMixed);
    }
  }
}
