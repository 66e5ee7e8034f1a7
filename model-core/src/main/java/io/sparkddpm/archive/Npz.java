package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/** Reads numpy's .npz files whole, stored or deflated; {@link NpzWriter} writes them. */
public final class Npz {
  private static final String SUFFIX = ".npy";

  private Npz() {}

  /**
   * All arrays by name, from a stream that is read to its end.
   *
   * @param source the file's name, for messages
   * @throws UserException if it is no .npz or damaged; names the array
   */
  public static SortedMap<String, NpyArray> read(InputStream in, String source) throws IOException {
    return read(new SeekableInMemoryByteChannel(in.readAllBytes()), source);
  }

  /**
   * All arrays by name.
   *
   * @param channel of the file; closed in the end
   * @param source the file's name, for messages
   * @throws UserException if it is no .npz or damaged; names the array
   */
  public static SortedMap<String, NpyArray> read(SeekableByteChannel channel, String source)
      throws IOException {
    SortedMap<String, NpyArray> arrays = new TreeMap<>();
    try (ZipArchive zip = new ZipArchive(channel, source)) {
      for (ZipArchive.Entry entry : zip.entries()) {
        zip.open(entry).close(); // a name that only the directory has may have lost its suffix
        if (isArray(entry)) {
          String name = nameOf(entry);
          try (InputStream content = zip.open(entry)) {
            arrays.put(
                name, Npy.read(content, source + "[" + shownName(entry) + "]", entry.length()));
          }
        }
      }
    }
    if (arrays.isEmpty()) {
      throw new UserException("%s is not an .npz file, or holds no array", source);
    }
    return arrays;
  }

  /** Whether an entry of an .npz is an array. */
  public static boolean isArray(ZipArchive.Entry entry) {
    return entry.name().endsWith(SUFFIX);
  }

  private static String shownName(ZipArchive.Entry entry) {
    String shown = entry.shown();
    return shown.endsWith(SUFFIX) ? shown.substring(0, shown.length() - SUFFIX.length()) : shown;
  }

  /** The name of the array that an entry holds. */
  public static String nameOf(ZipArchive.Entry entry) {
    return entry.name().substring(0, entry.name().length() - SUFFIX.length());
  }
}
