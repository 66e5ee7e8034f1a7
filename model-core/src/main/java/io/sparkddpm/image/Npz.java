package io.sparkddpm.image;

import io.sparkddpm.error.UserException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/** Reads numpy's .npz files whole, stored or deflated; {@link NpzWriter} writes them. */
public final class Npz {
  private static final String SUFFIX = ".npy";

  private Npz() {}

  /**
   * All arrays by name.
   *
   * @param source the file's name, for messages
   * @throws UserException if it is no .npz or damaged; names the array
   */
  public static SortedMap<String, NpyArray> read(InputStream in, String source) throws IOException {
    SortedMap<String, NpyArray> arrays = new TreeMap<>();
    ZipInputStream zip = new ZipInputStream(in);
    try {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (name.endsWith(SUFFIX)) {
          String array = name.substring(0, name.length() - SUFFIX.length());
          arrays.put(array, Npy.read(zip, source + "[" + array + "]"));
        }
      }
    } catch (ZipException | EOFException e) {
      throw new UserException(e, "%s is a damaged .npz file: %s", source, e.getMessage());
    }
    if (arrays.isEmpty()) {
      throw new UserException("%s is not an .npz file, or holds no array", source);
    }
    return arrays;
  }
}
