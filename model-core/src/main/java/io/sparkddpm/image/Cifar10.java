package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * CIFAR-10's binary layout (Krizhevsky 2009): records of one label byte, 0 to 9, and 3,072 bytes of
 * pixels, [3, 32, 32]. The files have no header, so length and labels are all there is to check.
 */
public final class Cifar10 {
  /** Side of the images. */
  public static final int SIZE = 32;

  /** Bytes of one record. */
  public static final int RECORD_BYTES = 1 + 3 * SIZE * SIZE;

  /** The ten classes by label. */
  public static final List<String> CLASS_NAMES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  /** The file beside the batches that has the classes' names, one a line. */
  public static final String CLASS_NAMES_FILE = "batches.meta.txt";

  private Cifar10() {}

  /**
   * How many records a file of that length holds.
   *
   * @throws UserException if it is empty or ends within a record
   */
  public static long records(long fileLength, String source) {
    if (fileLength == 0) {
      throw new UserException(
          "%s is empty; a CIFAR-10 file holds records of %d bytes", source, RECORD_BYTES);
    }
    long rest = fileLength % RECORD_BYTES;
    if (rest != 0) {
      throw new UserException(
          "%s has %d bytes, not a multiple of CIFAR-10's record of %d: it is foreign, or cut off in"
              + " record %d, which begins at byte %d",
          source, fileLength, RECORD_BYTES, fileLength / RECORD_BYTES, fileLength - rest);
    }
    return fileLength / RECORD_BYTES;
  }

  /**
   * Decodes the record at {@code offset}.
   *
   * @param record its number in the file, from 0, for messages
   * @throws BadImageException if its label is none; names the byte
   */
  public static LabelledImage decode(byte[] bytes, int offset, String source, long record) {
    checkArgument(
        offset >= 0 && offset + RECORD_BYTES <= bytes.length,
        "no whole record at %s of %s bytes",
        offset,
        bytes.length);
    int label = bytes[offset] & 0xFF;
    if (label >= CLASS_NAMES.size()) {
      throw new BadImageException(
          "%s: byte %d (record %d) is %d, but a CIFAR-10 label is 0 to 9: the file is foreign or"
              + " damaged",
          source, record * RECORD_BYTES, record, label);
    }
    byte[] pixels = Arrays.copyOfRange(bytes, offset + 1, offset + RECORD_BYTES);
    return new LabelledImage(new ByteImage(pixels, 3, SIZE, SIZE), label);
  }

  /** Appends a record. */
  public static void write(OutputStream out, LabelledImage example) throws IOException {
    ByteImage image = example.image();
    checkArgument(
        image.channels() == 3 && image.height() == SIZE && image.width() == SIZE,
        "a CIFAR-10 image is [3, 32, 32], got %s",
        image);
    checkArgument(
        example.label() >= 0 && example.label() < CLASS_NAMES.size(),
        "a CIFAR-10 label is 0 to 9, got %s",
        example.label());
    out.write(example.label());
    out.write(image.data());
  }
}
