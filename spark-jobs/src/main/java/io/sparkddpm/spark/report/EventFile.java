package io.sparkddpm.spark.report;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Numbers by step as TensorBoard's event files hold them: records of a length, its checksum, a
 * protocol buffer {@code tensorflow.Event}, and its checksum (tensorflow/core/lib/io/record_writer
 * and tensorflow/core/util/event.proto). One thread at a time.
 */
public final class EventFile {
  private static final String VERSION = "brain.Event:2";
  private static final int CHECKSUM_DELTA = 0xa282ead8;

  // Numbers of fields, and the kinds of what they hold.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  /**
   * Begins a file.
   *
   * @param wallTime seconds since 1970
   */
  public EventFile(double wallTime) {
    ByteArrayOutputStream event = new ByteArrayOutputStream();
    putDouble(event, WALL_TIME, wallTime);
    putBytes(event, FILE_VERSION, VERSION.getBytes(StandardCharsets.UTF_8));
    record(event.toByteArray());
  }

  /**
   * Adds numbers of one step; those that are none are left out.
   *
   * @param wallTime seconds since 1970
   * @param values by tag
   */
  public void add(double wallTime, long step, Map<String, Double> values) {
    ByteArrayOutputStream summary = new ByteArrayOutputStream();
    values.forEach(
        (tag, value) -> {
          if (Double.isFinite(value)) {
            ByteArrayOutputStream one = new ByteArrayOutputStream();
            putBytes(one, TAG, tag.getBytes(StandardCharsets.UTF_8));
            putKey(one, SIMPLE_VALUE, FIXED32);
            one.writeBytes(littleEndian(4).putFloat(value.floatValue()).array());
            putBytes(summary, VALUE, one.toByteArray());
          }
        });
    ByteArrayOutputStream event = new ByteArrayOutputStream();
    putDouble(event, WALL_TIME, wallTime);
    putKey(event, STEP, VARINT);
    putVarint(event, step);
    putBytes(event, SUMMARY, summary.toByteArray());
    record(event.toByteArray());
  }

  /** The whole file. */
  public byte[] toBytes() {
    return file.toByteArray();
  }

  private void record(byte[] event) {
    byte[] length = littleEndian(8).putLong(event.length).array();
    file.writeBytes(length);
    file.writeBytes(littleEndian(4).putInt(maskedChecksum(length)).array());
    file.writeBytes(event);
    file.writeBytes(littleEndian(4).putInt(maskedChecksum(event)).array());
  }

  /** CRC-32C, turned by 15 bits and moved, as checksums of checksums are weak. */
  static int maskedChecksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + CHECKSUM_DELTA;
  }

  private static void putDouble(ByteArrayOutputStream to, int field, double value) {
    putKey(to, field, FIXED64);
    to.writeBytes(littleEndian(8).putDouble(value).array());
  }

  private static void putBytes(ByteArrayOutputStream to, int field, byte[] bytes) {
    putKey(to, field, BYTES);
    putVarint(to, bytes.length);
    to.writeBytes(bytes);
  }

  private static void putKey(ByteArrayOutputStream to, int field, int kind) {
    putVarint(to, field << 3 | kind);
  }

  private static void putVarint(ByteArrayOutputStream to, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      to.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    to.write((int) rest);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
