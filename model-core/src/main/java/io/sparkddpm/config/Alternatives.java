package io.sparkddpm.config;

import static io.sparkddpm.error.Checks.checkArgument;

import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The records that a section with a {@code type} may be; see {@link OneOf}. */
final class Alternatives {
  /** The key that chooses. */
  static final String TYPE = "type";

  private static final ClassValue<List<Class<? extends Record>>> LISTS =
      new ClassValue<>() {
        @Override
        protected List<Class<? extends Record>> computeValue(Class<?> choice) {
          return list(choice);
        }
      };

  private Alternatives() {}

  /** Whether a component of that class is a section with a {@code type}. */
  static boolean exist(Class<?> choice) {
    return choice.isAnnotationPresent(OneOf.class);
  }

  static List<Class<? extends Record>> of(Class<?> choice) {
    return LISTS.get(choice);
  }

  private static List<Class<? extends Record>> list(Class<?> choice) {
    OneOf all = choice.getAnnotation(OneOf.class);
    List<Class<? extends Record>> records = new ArrayList<>(List.of(all.value()));
    if (all.services()) {
      ServiceLoader.load(choice, choice.getClassLoader()).stream()
          .<Class<? extends Record>>map(service -> service.type().asSubclass(Record.class))
          .sorted(Comparator.comparing(Alternatives::name))
          .forEach(records::add);
    }
    return List.copyOf(records);
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
      for (Constructor<?> constructor : record.getDeclaredConstructors()) {
        if (constructor.getParameterCount() == 0) {
          constructor.setAccessible(true);
          return (Record) constructor.newInstance();
        }
      }
      var field = record.getDeclaredField("DEFAULTS");
      field.setAccessible(true);
      return (Record) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          record + " has neither a constructor without arguments nor a static field DEFAULTS", e);
    }
  }
}
