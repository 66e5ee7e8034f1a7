package io.sparkddpm.diffusion;

/**
 * How a network's output is read at one level: {@code reading = xt·x_t + output·o}, for an element
 * x_t of what the network saw and the element o that it gave for it.
 *
 * @param xt coefficient of x_t
 * @param output coefficient of the output
 */
public record Conversion(double xt, double output) {
  /** The output itself. */
  static final Conversion IDENTITY = new Conversion(0, 1);

  /** The reading of one element. */
  public double apply(double xtElement, double outputElement) {
    return xt * xtElement + output * outputElement;
  }
}
