package io.sparkddpm.config;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The records that a section with a {@code type} may be; see {@link OneOf}. */
final class Alternatives {
  /** The key that chooses. */
  static final String TYPE = "type";

  private Alternatives() {}

  /** Whether a component of that class is a section with a {@code type}. */
  static boolean exist(Class<?> choice) {
    return choice.isAnnotationPresent(OneOf.class);
  }

  static List<Class<? extends Record>> of(Class<?> choice) {
    return List.of(choice.getAnnotation(OneOf.class).value());
  }

  static List<String> names(Class<?> choice) {
    return of(choice).stream().map(Alternatives::name).toList();
  }

  static String name(Class<?> record) {
    return annotation(record).value();
  }

  static Variant annotation(Class<?> record) {
    Variant variant = record.getAnnotation(Variant.class);
    checkArgument(variant != null, "%s has no @Variant", record);
    return variant;
  }

  /** The alternative of that name, or of that former one. */
  static Optional<Class<? extends Record>> find(Class<?> choice, String name) {
    return of(choice).stream()
        .filter(r -> name(r).equals(name) || Arrays.asList(annotation(r).aliases()).contains(name))
        .findFirst();
  }

  /** What an alternative is where none of its keys is set. */
  static Record defaults(Class<? extends Record> record) {
    try {
      if (record.getRecordComponents().length == 0) {
        var constructor = record.getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
      }
      var field = record.getDeclaredField("DEFAULTS");
      field.setAccessible(true);
      return (Record) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(record + " has no static field DEFAULTS", e);
    }
  }
}
