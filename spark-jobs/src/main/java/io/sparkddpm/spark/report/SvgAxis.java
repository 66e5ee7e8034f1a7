package io.sparkddpm.spark.report;

import java.util.ArrayList;
import java.util.List;

/** From values to places of a drawing, and the values that are written beside it. */
record SvgAxis(double min, double max, double from, double to, boolean logarithmic) {
  private static final int TICKS = 5;

  /** More decades than this have a tick at each whole one. */
  private static final double DECADES = 1.5;

  double at(double value) {
    double part =
        logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    return from + part * (to - from);
  }

  List<Double> ticks() {
    if (logarithmic) {
      return logarithmicTicks();
    }
    List<Double> ticks = new ArrayList<>();
    double rough = (max - min) / TICKS;
    double unit = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = unit * (rough / unit > 5 ? 10 : rough / unit > 2 ? 5 : 2);
    for (double i = Math.ceil(min / step); i * step <= max; i++) {
      ticks.add(i * step + 0.0); // no −0
    }
    return ticks;
  }

  private List<Double> logarithmicTicks() {
    List<Double> ticks = new ArrayList<>();
    double decades = Math.log10(max / min);
    if (decades > DECADES) {
      int stride = (int) Math.ceil(decades / (TICKS + 1));
      for (int i = (int) Math.ceil(Math.log10(min)); Math.pow(10, i) <= max; i += stride) {
        ticks.add(Math.pow(10, i));
      }
      return ticks;
    }
    for (int i = 0; i <= TICKS; i++) {
      double value = min * Math.pow(max / min, i / (double) TICKS);
      double unit = Math.pow(10, Math.floor(Math.log10(value)) - 1);
      double round = Math.round(value / unit) * unit;
      if (round >= min && round <= max) {
        ticks.add(round);
      }
    }
    return ticks;
  }
}
