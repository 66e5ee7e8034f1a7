package io.sparkddpm.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes a key of the configuration; annotates a component of a record. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
  /** What the key sets, in one phrase without a capital letter or a full stop. */
  String value();

  /**
   * The interval that a number, or each number of a list, must lie in, such as {@code [1, 65536]},
   * {@code (0, 1)} or {@code [0, inf)}; empty where every value of the type will do, or where the
   * record alone can tell.
   */
  String range() default "";

  /**
   * Former names of the key, still accepted. A name stands beside the key; {@code ../} begins one
   * of the section above: {@code ../eta} on {@code sample.solver.eta} is {@code sample.eta}.
   */
  String[] aliases() default {};

  /**
   * Name of the key in artefacts, written as an alias is, where it is not the present one: so they
   * stay the same, byte for byte, through a change of names. It is an alias too. Of an
   * alternative's key that has one, artefacts hold a value whichever type is chosen, as they did
   * when there were no types; for a choice it names the type.
   */
  String recordedAs() default "";

  /**
   * For a key that was added after artefacts had been written: what the key is in artefacts that do
   * not mention it. New ones do not mention it either where it has this value, so that they are
   * equal to old ones. For a choice, the type.
   */
  String absent() default "";

  /**
   * For a key whose default follows from other keys: that default in words, such as {@code min(32,
   * channels/4)}. The component's type is no primitive one; the record's constructor receives null
   * where nothing sets the key. It may replace it; a key that stays null is not written.
   */
  String derived() default "";
}
