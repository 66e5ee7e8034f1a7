package io.sparkddpm.spark.report;

import io.sparkddpm.diffusion.BoundProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Plots of the variational bound, a curve for each set of images: its terms, and rate and
 * distortion as in Ho et al. 2020, figure 5. Axes of rates are logarithmic where those of the
 * curves are a decade or more apart, as those of networks that predict μ and ε may be.
 */
public final class BoundPlots {
  private static final String RATE = "rate (bits/dim)";
  private static final String DISTORTION = "distortion (RMSE, 0 to 255)";
  private static final String T = "t";

  private BoundPlots() {}

  /**
   * The terms by t, logarithmic; terms that are not above 0 are left out.
   *
   * @param profiles by the name of the set, at least one
   * @return a PNG, empty where there is no font; so do the others
   */
  public static byte[] terms(Map<String, BoundProfile> profiles) {
    LinePlot plot =
        new LinePlot("Terms of the variational bound", T, "bits/dim of one timestep (log scale)")
            .logarithmic()
            .wholeX();
    profiles.forEach(
        (name, profile) -> {
          List<double[]> points = points(profile, BoundProfile.Level::timestep, l -> l.bits());
          points.removeIf(p -> p[1] <= 0);
          if (!points.isEmpty()) {
            plot.curve(name, points, false);
          }
        });
    return plot.png();
  }

  /** Distortion over rate. */
  public static byte[] rateDistortion(Map<String, BoundProfile> profiles) {
    LinePlot plot = new LinePlot("Rate and distortion", RATE, DISTORTION);
    profiles.forEach(
        (name, p) ->
            plot.curve(
                name, points(p, BoundProfile.Level::rate, BoundProfile.Level::distortion), false));
    return plot.logarithmicWhereDecadesApart().png();
  }

  /** Distortion by t. */
  public static byte[] distortion(Map<String, BoundProfile> profiles) {
    LinePlot plot = new LinePlot("Distortion of x0 seen in x_t", T, DISTORTION).wholeX();
    plot.legendLeft();
    profiles.forEach(
        (name, p) ->
            plot.curve(
                name,
                points(p, BoundProfile.Level::timestep, BoundProfile.Level::distortion),
                false));
    return plot.png();
  }

  /** Rate by t: what has been received once x_t is known. */
  public static byte[] rate(Map<String, BoundProfile> profiles) {
    LinePlot plot = new LinePlot("Rate of x_t", T, RATE).wholeX();
    profiles.forEach(
        (name, p) ->
            plot.curve(
                name, points(p, BoundProfile.Level::timestep, BoundProfile.Level::rate), false));
    return plot.logarithmicWhereDecadesApart().png();
  }

  private static List<double[]> points(
      BoundProfile profile,
      ToDoubleFunction<BoundProfile.Level> x,
      ToDoubleFunction<BoundProfile.Level> y) {
    List<double[]> points = new ArrayList<>();
    for (BoundProfile.Level level : profile.levels()) {
      points.add(new double[] {x.applyAsDouble(level), y.applyAsDouble(level)});
    }
    return points;
  }
}
