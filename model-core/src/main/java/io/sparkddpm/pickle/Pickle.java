package io.sparkddpm.pickle;

import io.sparkddpm.error.UserException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the instructions of one pickle, of the protocols 2 to 5, on plain data: numbers are Long,
 * BigInteger and Double, texts String, bytes byte[]; dictionaries and lists are maps and lists, and
 * what names stand for is up to {@link Names}. Trusts nothing in the file; memory grows with what
 * it holds, not with what it claims. One use.
 */
final class Pickle {
  private static final int LONGEST = 1 << 26;
  private static final int LONGEST_NUMBER = 1 << 10;
  private static final int LONGEST_LINE = 1 << 10;
  private static final int DEEPEST = 1 << 20;

  private final InputStream in;
  private final String file;
  private final Names names;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  /** What the names in a pickle stand for. */
  interface Names {
    /**
     * A name; for those that are not known it throws.
     *
     * @param text module and name, such as {@code collections.OrderedDict}
     */
    Object name(String text);

    /** What a name stands for with arguments, where Python would call it. */
    Object apply(PickleValues.Name name, PickleValues.Tuple arguments);

    /** What stands outside of the pickle, by its key. */
    Object persistent(Object key);
  }

  /**
   * @param in at the pickle's beginning; it is read to the pickle's end and no further
   * @param file its name, for messages
   */
  Pickle(InputStream in, String file, Names names) {
    this.in = in;
    this.file = file;
    this.names = names;
  }

  /**
   * What the pickle holds.
   *
   * @throws UserException if it is cut off, damaged, or has instructions or names that no file of
   *     weights needs
   */
  Object read() throws IOException {
    try {
      while (true) {
        int code = one();
        if (code == '.') {
          return pop();
        }
        run(code);
      }
    } catch (EOFException e) {
      throw new UserException(e, "%s is cut off, or not a file of weights", file);
    } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new UserException(e, "%s is damaged: its instructions do not fit together", file);
    }
  }

  private void run(int code) throws IOException {
    switch (code) {
      case 0x80 -> protocol(one());
      case 0x95 -> number(8); // a frame: only a hint
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> popMark();
      case '2' -> push(stack.get(stack.size() - 1));
      case 'N' -> push(PickleValues.None.INSTANCE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push(number(1));
      case 'M' -> push(number(2));
      case 'J' -> push((long) (int) number(4));
      case 0x8a -> push(whole(one()));
      case 0x8b -> push(whole(number(4)));
      case 'G' -> push(buffer(8).order(ByteOrder.BIG_ENDIAN).getDouble());
      case 'X' -> push(text(number(4)));
      case 0x8c -> push(text(number(1)));
      case 0x8d -> push(text(number(8)));
      case 'U' -> push(text(number(1)));
      case 'T' -> push(text(number(4)));
      case 'C' -> push(bytes(number(1)));
      case 'B' -> push(bytes(number(4)));
      case 0x8e -> push(bytes(number(8)));
      case ')' -> push(new PickleValues.Tuple(List.of()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case 't' -> push(new PickleValues.Tuple(popMark()));
      case ']' -> push(new ArrayList<>());
      case 'l' -> push(popMark());
      case '}' -> push(new LinkedHashMap<>());
      case 'd' -> put(new LinkedHashMap<>(), popMark());
      case 'a' -> append(List.of(), true);
      case 'e' -> append(popMark(), false);
      case 's' -> setItem();
      case 'u' -> setItems(popMark());
      case 0x8f -> push(new ArrayList<>()); // a set, whose members nobody asks for
      case 0x90 -> append(popMark(), false);
      case 0x91 -> push(popMark());
      case 'q' -> memo.put(number(1), top());
      case 'r' -> memo.put(number(4), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> push(remembered(number(1)));
      case 'j' -> push(remembered(number(4)));
      case 'c' -> push(names.name(line() + "." + line()));
      case 0x93 -> {
        String name = (String) pop();
        push(names.name(pop() + "." + name));
      }
      case 'R', 0x81 -> {
        PickleValues.Tuple arguments = (PickleValues.Tuple) pop();
        push(apply(pop(), arguments));
      }
      case 'b' -> pop(); // attributes of what was built: none is asked for
      case 'Q' -> push(names.persistent(pop()));
      default ->
          throw new UserException(
              "%s has an instruction (0x%02x) that no file of weights needs; nothing of it was run",
              file, code);
    }
    if (stack.size() > DEEPEST || marks.size() > DEEPEST) {
      throw new UserException("%s nests its values too deeply", file);
    }
  }

  private void protocol(int version) {
    if (version < 2 || version > 5) {
      throw new UserException("%s is a pickle of protocol %s; 2 to 5 are read", file, version);
    }
  }

  private Object apply(Object callee, PickleValues.Tuple arguments) {
    return callee == PickleValues.Ignored.INSTANCE
        ? callee
        : names.apply((PickleValues.Name) callee, arguments);
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    int last = stack.size() - 1;
    if (!marks.isEmpty() && last < marks.get(marks.size() - 1)) {
      throw new IndexOutOfBoundsException();
    }
    return stack.remove(last);
  }

  private Object top() {
    return stack.get(stack.size() - 1);
  }

  /** What stands above the last mark. */
  private List<Object> popMark() {
    int from = marks.remove(marks.size() - 1);
    List<Object> above = stack.subList(from, stack.size());
    List<Object> items = new ArrayList<>(above);
    above.clear();
    return items;
  }

  private PickleValues.Tuple tuple(int size) {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    List<Object> list = new ArrayList<>();
    for (Object item : items) {
      list.add(item);
    }
    return new PickleValues.Tuple(list);
  }

  @SuppressWarnings("unchecked") // lists are made here alone
  private void append(List<Object> items, boolean one) {
    List<Object> more = one ? tuple(1).items() : items;
    if (top() != PickleValues.Ignored.INSTANCE) {
      ((List<Object>) top()).addAll(more);
    }
  }

  private void setItem() {
    setItems(tuple(2).items());
  }

  @SuppressWarnings("unchecked") // maps are made here and in Names, alone
  private void setItems(List<Object> items) {
    if (top() != PickleValues.Ignored.INSTANCE) {
      put((Map<Object, Object>) pop(), items);
    }
  }

  private void put(Map<Object, Object> map, List<Object> items) {
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      boolean plain = key instanceof String || key instanceof Long || key instanceof Boolean;
      map.put(plain ? key : new Object(), items.get(i + 1)); // others' values are of no interest
    }
    push(map);
  }

  private Object remembered(long key) {
    if (!memo.containsKey(key)) {
      throw new IndexOutOfBoundsException();
    }
    return memo.get(key);
  }

  private int one() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new EOFException();
    }
    return value;
  }

  private byte[] bytes(long count) throws IOException {
    if (count < 0 || count > LONGEST) {
      throw new UserException("%s is damaged: a value of it claims %s bytes", file, count);
    }
    byte[] bytes = in.readNBytes((int) count); // grows with what there is
    if (bytes.length < count) {
      throw new EOFException();
    }
    return bytes;
  }

  private ByteBuffer buffer(int count) throws IOException {
    return ByteBuffer.wrap(bytes(count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Unsigned up to four bytes. */
  private long number(int count) throws IOException {
    ByteBuffer buffer = buffer(count);
    return switch (count) {
      case 1 -> buffer.get() & 0xFF;
      case 2 -> buffer.getShort() & 0xFFFF;
      case 4 -> buffer.getInt() & 0xFFFFFFFFL;
      default -> buffer.getLong();
    };
  }

  /** Of any size, little-endian, in two's complement. */
  private Object whole(long count) throws IOException {
    if (count > LONGEST_NUMBER) {
      throw new UserException("%s is damaged: a number of it claims %s bytes", file, count);
    }
    byte[] bytes = bytes(count);
    if (bytes.length == 0) {
      return 0L;
    }
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    BigInteger value = new BigInteger(reversed);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private String text(long count) throws IOException {
    byte[] bytes = bytes(count);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return new String(bytes, StandardCharsets.ISO_8859_1); // a Python 2 string of bytes
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = one(); c != '\n'; c = one()) {
      if (line.length() == LONGEST_LINE) {
        throw new UserException("%s is damaged: a name of it does not end", file);
      }
      line.append((char) c);
    }
    return line.toString();
  }
}
