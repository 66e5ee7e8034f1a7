package io.sparkddpm.archive;

import static io.sparkddpm.error.Checks.checkState;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.LocalDateTime;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * numpy's .npz format: a zip of .npy files. Arrays may be written piece by piece, so that they need
 * not fit into memory. Equal content gives equal bytes. For one thread.
 */
public final class NpzWriter implements Closeable {
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final ZipOutputStream zip;
  private long missing;

  /** Writes to {@code out} and closes it in the end. */
  public NpzWriter(OutputStream out) {
    zip = new ZipOutputStream(out);
    zip.setLevel(Deflater.BEST_SPEED);
  }

  /** Adds a whole array. */
  public void add(String name, NpyArray array) throws IOException {
    begin(name, array.type(), array.shape());
    write(array.data(), 0, array.data().length);
  }

  /** Starts an array, whose elements come by {@link #write}. */
  public void begin(String name, NpyArray.Type type, int... shape) throws IOException {
    checkState(missing == 0, "%s bytes of the array before %s are missing", missing, name);
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    zip.write(Npy.header(type, shape));
    missing = NpyArray.length(shape) * type.bytes();
  }

  /** Appends elements of the current array, little-endian. */
  public void write(byte[] elements, int offset, int length) throws IOException {
    checkState(length <= missing, "%s bytes are more than the %s missing", length, missing);
    zip.write(elements, offset, length);
    missing -= length;
  }

  @Override
  public void close() throws IOException {
    try (ZipOutputStream closing = zip) {
      checkState(missing == 0, "%s bytes of the last array are missing", missing);
      closing.finish();
    }
  }
}
