package io.sparkddpm.spark.lab.toy;

/**
 * An experiment of seconds that shows what formulas say: text, formulas, plots and numbers, each
 * number with what it must be. It draws from streams with a fixed seed, so that it shows the same
 * every time.
 *
 * <p>To add one, write a class beside {@link ForwardProcess} and list it in {@link Toys}; a test
 * runs all that are listed and checks their numbers.
 */
interface Toy {
  /** Name on the command line and in links: lower case, words joined by a hyphen. */
  String name();

  /** A heading that says what is seen. */
  String title();

  /** Runs the experiment and writes its part of the report. */
  void run(ToyPage page);
}
