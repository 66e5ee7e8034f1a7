package io.sparkddpm.spark.data;

import io.sparkddpm.archive.ZipArchive;

/** The key of a slice that is an entry of a zip file: the entry as text, without its name. */
final class ArchiveKey {
  private static final String SEPARATOR = ":";

  private ArchiveKey() {}

  static String of(ZipArchive.Entry entry) {
    return String.join(
        SEPARATOR,
        Long.toHexString(entry.offset()),
        Integer.toHexString(entry.flags()),
        Integer.toHexString(entry.method()),
        Long.toHexString(entry.packed()),
        Long.toHexString(entry.length()),
        Long.toHexString(entry.crc()));
  }

  /** The entry again. */
  static ZipArchive.Entry entry(String name, String key) {
    String[] fields = key.split(SEPARATOR);
    return new ZipArchive.Entry(
        name,
        number(fields[0]),
        (int) number(fields[1]),
        (int) number(fields[2]),
        number(fields[3]),
        number(fields[4]),
        number(fields[5]));
  }

  private static long number(String hexadecimal) {
    return Long.parseLong(hexadecimal, 16);
  }
}
