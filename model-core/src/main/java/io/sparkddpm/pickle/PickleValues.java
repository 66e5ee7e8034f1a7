package io.sparkddpm.pickle;

import java.util.List;

/** What a pickle may hold beside texts, numbers, lists and maps of Java. */
final class PickleValues {
  private PickleValues() {}

  /** A tuple. */
  record Tuple(List<Object> items) {
    int size() {
      return items.size();
    }

    Object get(int index) {
      return items.get(index);
    }

    /** A whole number of 64 bits among them. */
    long whole(int index) {
      if (items.get(index) instanceof Long number) {
        return number;
      }
      throw new ClassCastException("no whole number");
    }
  }

  /** A name of a module, such as {@code collections.OrderedDict}; only a name. */
  record Name(String text) {}

  /** None of Python's; never null, so that what it is taken for in error is refused. */
  static final class None {
    static final None INSTANCE = new None();

    private None() {}
  }

  /** Something that is known and of no interest: an optimiser's setting, a number of numpy's. */
  static final class Ignored {
    static final Ignored INSTANCE = new Ignored();

    private Ignored() {}
  }
}
