package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;
import java.net.URI;

/**
 * Consecutive records of one file.
 *
 * @param input which of the job's inputs, from 0
 * @param uri where the file lies
 * @param name what it is called in datasets and messages: the same wherever the input lies
 * @param size of the file in bytes
 * @param modified when it was last changed, in the file system's milliseconds
 * @param first record, from 0
 * @param records how many
 * @param label of all of them, from 0, or {@link io.sparkddpm.condition.Condition#NO_LABEL} where
 *     they must be decoded for it, or there is none
 * @param key where reading begins, in files that are found by keys; otherwise empty
 */
public record SourceSlice(
    int input,
    URI uri,
    String name,
    long size,
    long modified,
    long first,
    long records,
    int label,
    String key)
    implements Serializable {
  /** Checks the range. */
  public SourceSlice {
    checkArgument(first >= 0 && records > 0, "slice [%s+%s] of %s", first, records, name);
  }

  /** {@code count} of its records, from its record number {@code from} on. */
  public SourceSlice part(long from, long count) {
    checkArgument(from + count <= records, "[%s+%s] of %s records", from, count, records);
    return new SourceSlice(input, uri, name, size, modified, first + from, count, label, key);
  }

  /** The same with another number of records. */
  SourceSlice withRecords(long count) {
    return new SourceSlice(input, uri, name, size, modified, first, count, label, key);
  }

  /** The same of another label. */
  SourceSlice withLabel(int other) {
    return new SourceSlice(input, uri, name, size, modified, first, records, other, key);
  }
}
