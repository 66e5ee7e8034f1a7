package io.sparkddpm.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lists the alternatives of a section that begins with a {@code type}; annotates the interface that
 * their records implement. Each record has a {@link Variant} and, if it has components, a static
 * field {@code DEFAULTS}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OneOf {
  /** The records, in the order in which they are explained. */
  Class<? extends Record>[] value();
}
