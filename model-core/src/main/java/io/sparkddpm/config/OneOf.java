package io.sparkddpm.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lists the alternatives of a section that begins with a {@code type}; annotates the interface that
 * their records implement. Each record has a {@link Variant} and a constructor without arguments
 * or, in its place, a static field {@code DEFAULTS}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OneOf {
  /** The records, in the order in which they are explained. */
  Class<? extends Record>[] value() default {};

  /**
   * Whether {@link java.util.ServiceLoader} finds further ones, explained in the order of their
   * names.
   */
  boolean services() default false;
}
