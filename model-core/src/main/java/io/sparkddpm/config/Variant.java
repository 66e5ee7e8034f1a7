package io.sparkddpm.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names one alternative of a section; annotates the record that holds its keys. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Variant {
  /** Value of the key {@code type}. */
  String value();

  /** What it is, in one phrase without a capital letter or a full stop. */
  String description();

  /** Former values of {@code type}, still accepted. */
  String[] aliases() default {};
}
