package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which spatial frequencies of drawn shapes rise above the noise at which t. */
final class Frequencies implements Toy {
  private static final int SIZE = 32;
  private static final int PLACES = SIZE * SIZE;
  private static final int IMAGES = 200;
  private static final int HIGHEST = SIZE / 2;
  private static final int[] SHOWN = {900, 700, 500, 300, 150, 50};
  private static final Spectrum SPECTRUM = new Spectrum(SIZE);

  @Override
  public String name() {
    return "frequencies";
  }

  @Override
  public String title() {
    return "Coarse first: which frequencies are settled at which t";
  }

  /** The green channel of drawn images, in [−1, 1]. */
  private static double[] image(int index) {
    byte[] pixels = ShapesImages.draw(1, index).image().data();
    double[] values = new double[PLACES];
    for (int i = 0; i < PLACES; i++) {
      values[i] = Pixels.toFloat(pixels[PLACES + i]);
    }
    return values;
  }

  private static double[] meanImage() {
    double[] mean = new double[PLACES];
    for (int n = 0; n < IMAGES; n++) {
      double[] one = image(n);
      for (int i = 0; i < PLACES; i++) {
        mean[i] += one[i] / IMAGES;
      }
    }
    return mean;
  }

  /** Mean power by frequency of images around their mean, with noise of a level or without. */
  private static double[] power(double[] mean, double alpha, double sigma) {
    double[] power = new double[HIGHEST + 1];
    double[] counts = new double[HIGHEST + 1];
    for (int n = 0; n < IMAGES; n++) {
      RandomStream stream = Numbers.stream(13, n);
      double[] re = image(n);
      double[] im = new double[PLACES];
      for (int i = 0; i < PLACES; i++) {
        re[i] = alpha * (re[i] - mean[i]) + sigma * stream.nextGaussian();
      }
      SPECTRUM.transform(re, im, -1);
      for (int i = 0; i < PLACES; i++) {
        int k = SPECTRUM.frequency(i);
        if (k <= HIGHEST) {
          power[k] += re[i] * re[i] + im[i] * im[i];
          counts[k]++;
        }
      }
    }
    for (int k = 0; k <= HIGHEST; k++) {
      power[k] /= counts[k];
    }
    return power;
  }

  /** The last t at which a frequency's power is above the noise's. */
  private static double settled(double power) {
    for (int t = 999; t > 0; t--) {
      if (Line.SCHEDULE.snr(t) * power >= 1) {
        return t;
      }
    }
    return 0;
  }

  /** The best linear guess at an image in a noisy one: each frequency by its share of signal. */
  private static double[] guess(double[] noisy, double[] mean, double[] power, int t) {
    double[] re = noisy.clone();
    double[] im = new double[PLACES];
    double alpha = Line.PROCESS.alpha(t);
    for (int i = 0; i < PLACES; i++) {
      re[i] = re[i] / alpha - mean[i];
    }
    SPECTRUM.transform(re, im, -1);
    double snr = Line.SCHEDULE.snr(t);
    for (int i = 0; i < PLACES; i++) {
      double signal = snr * power[Math.min(HIGHEST, SPECTRUM.frequency(i))];
      re[i] *= signal / (signal + 1);
      im[i] *= signal / (signal + 1);
    }
    SPECTRUM.transform(re, im, 1);
    for (int i = 0; i < PLACES; i++) {
      re[i] += mean[i];
    }
    return re;
  }

  private static ByteImage grey(double[] values) {
    byte[] pixels = new byte[3 * PLACES];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = Pixels.toByte((float) values[i % PLACES]);
    }
    return new ByteImage(pixels, 3, SIZE, SIZE);
  }

  /** A row of noisy images and one of guesses, from t = 900 down. */
  private static byte[] strip(double[] mean, double[] power) {
    List<ByteImage> noisy = new ArrayList<>();
    List<ByteImage> guesses = new ArrayList<>();
    double[] clean = image(3);
    for (int t : SHOWN) {
      RandomStream stream = Numbers.stream(14, t);
      double[] x = new double[PLACES];
      for (int i = 0; i < PLACES; i++) {
        x[i] = Line.PROCESS.alpha(t) * clean[i] + Line.PROCESS.sigma(t) * stream.nextGaussian();
      }
      noisy.add(grey(x));
      guesses.add(grey(guess(x, mean, power, t)));
    }
    noisy.addAll(guesses);
    return ImageCodec.encodePng(ImageGrid.compose(noisy, SHOWN.length, 2));
  }

  @Override
  public void run(ToyPage page) {
    double[] mean = meanImage();
    double[] power = power(mean, 1, 0);
    double[] k = Numbers.range(1, HIGHEST, HIGHEST);
    double[] shown = Arrays.copyOfRange(power, 1, HIGHEST + 1);
    SvgPlot spectrum =
        new SvgPlot("waves over the width", "power", "Spectrum of the shapes, and the noise's.")
            .logarithmicX()
            .logarithmicY()
            .curve("drawn shapes", k, shown);
    for (int t : new int[] {800, 500, 200}) {
      double noise = 1 / Line.SCHEDULE.snr(t);
      spectrum.dashed("noise at t = " + t, k, Numbers.map(k, f -> noise));
    }
    double[] at = Numbers.map(shown, Frequencies::settled);
    page.text(
            "The power of images falls with the frequency, that of white noise does not. So noise"
                + " drowns the fine detail first, and on the way back the coarse form is settled"
                + " at large t, the detail at small t: the signal-to-noise ratio is a curriculum"
                + " from coarse to fine. A frequency with the power P rises above the noise where"
                + " P · SNR is 1. The lower row of images is what can be guessed linearly, each"
                + " frequency multiplied by its share of signal (Wiener's filter).")
        .formula("SNR_k(t) = \\frac{ᾱ_t P_k}{1-ᾱ_t}")
        .image(
            strip(mean, power),
            "Above: noisy images at t = 900, 700, 500, 300, 150 and 50. Below: linear guesses.")
        .plots(
            spectrum,
            new SvgPlot("waves over the width", "t", "The t at which a frequency is settled.")
                .curve("P · SNR = 1", k, at));
    double alpha = Line.PROCESS.alpha(300);
    double sigma = Line.PROCESS.sigma(300);
    double[] noisy = power(mean, alpha, sigma);
    for (int f : new int[] {2, 6, 12}) {
      double expected = alpha * alpha * power[f] + sigma * sigma;
      page.near("power at t = 300 of " + f + " waves", noisy[f], expected, 0.06 * expected);
    }
    page.atLeast("t of 1 wave minus that of 4", at[0] - at[3], 50)
        .atLeast("t of 4 waves minus that of 12", at[3] - at[11], 50);
  }
}
