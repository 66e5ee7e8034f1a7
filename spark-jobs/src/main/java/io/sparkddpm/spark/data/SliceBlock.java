package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Slices, packed: of names that begin alike only the difference is kept, so that a listing of
 * millions of files takes some fifty bytes a file. Immutable.
 */
final class SliceBlock implements Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] bytes;
  private final int slices;
  private final long records;

  private SliceBlock(byte[] bytes, int slices, long records) {
    this.bytes = bytes;
    this.slices = slices;
    this.records = records;
  }

  static SliceBlock of(List<SourceSlice> slices) {
    Builder builder = new Builder();
    slices.forEach(builder::add);
    return builder.build();
  }

  /** Records of all slices. */
  long records() {
    return records;
  }

  /** Number of slices. */
  int size() {
    return slices;
  }

  /** Memory that it takes, without the object itself. */
  int packedBytes() {
    return bytes.length;
  }

  List<SourceSlice> toList() {
    List<SourceSlice> list = new ArrayList<>(slices);
    forEach(list::add);
    return list;
  }

  /** All slices in order. */
  void forEach(Consumer<SourceSlice> consumer) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String uri = "";
      long modified = 0;
      for (int i = 0; i < slices; i++) {
        uri = uri.substring(0, (int) readNumber(in)) + readText(in);
        URI parsed = URI.create(uri);
        int suffix = (int) readNumber(in) - 1;
        String path = parsed.getPath();
        String name = suffix < 0 ? readText(in) : path.substring(path.length() - suffix);
        int input = (int) readNumber(in);
        long size = readNumber(in);
        modified += readSigned(in);
        long first = readNumber(in);
        long count = readNumber(in);
        int label = (int) readNumber(in) - 1;
        consumer.accept(
            new SourceSlice(
                input, parsed, name, size, modified, first, count, label, readText(in)));
      }
    } catch (IOException e) {
      throw new UserException(e, "a packed listing is damaged: %s", e.getMessage());
    }
  }

  /** Packs slices one after the other. For one thread. */
  static final class Builder {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private String uri = "";
    private long modified;
    private int slices;
    private long records;

    void add(SourceSlice slice) {
      try {
        String text = slice.uri().toString();
        int shared = shared(uri, text);
        writeNumber(out, shared);
        writeText(out, text.substring(shared));
        boolean isSuffix = slice.uri().getPath().endsWith(slice.name());
        writeNumber(out, isSuffix ? slice.name().length() + 1 : 0);
        if (!isSuffix) {
          writeText(out, slice.name());
        }
        writeNumber(out, slice.input());
        writeNumber(out, slice.size());
        writeSigned(out, slice.modified() - modified);
        writeNumber(out, slice.first());
        writeNumber(out, slice.records());
        writeNumber(out, slice.label() + 1L); // there may be none
        writeText(out, slice.key());
        uri = text;
      } catch (IOException e) {
        throw new IllegalStateException("writing to memory failed", e);
      }
      modified = slice.modified();
      slices++;
      records += slice.records();
    }

    int size() {
      return slices;
    }

    long records() {
      return records;
    }

    SliceBlock build() {
      return new SliceBlock(bytes.toByteArray(), slices, records);
    }

    private static int shared(String a, String b) {
      int n = 0;
      while (n < a.length() && n < b.length() && a.charAt(n) == b.charAt(n)) {
        n++;
      }
      return n > 0 && Character.isHighSurrogate(a.charAt(n - 1)) ? n - 1 : n;
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeNumber(out, utf8.length);
    out.write(utf8);
  }

  private static String readText(DataInputStream in) throws IOException {
    byte[] utf8 = new byte[(int) readNumber(in)];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static void writeSigned(DataOutputStream out, long value) throws IOException {
    writeNumber(out, (value << 1) ^ (value >> 63));
  }

  private static long readSigned(DataInputStream in) throws IOException {
    long zigzag = readNumber(in);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** Seven bits a byte, the last one without its highest bit. */
  private static void writeNumber(DataOutputStream out, long value) throws IOException {
    long left = value;
    while ((left & ~0x7FL) != 0) {
      out.writeByte((int) (left & 0x7F | 0x80));
      left >>>= 7;
    }
    out.writeByte((int) left);
  }

  private static long readNumber(DataInputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = in.readByte();
      value |= (b & 0x7FL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IOException("a number has no end");
  }
}
