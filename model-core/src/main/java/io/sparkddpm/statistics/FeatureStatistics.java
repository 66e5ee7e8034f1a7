package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;
import java.util.Objects;

/**
 * Count, mean and sum of squared deviations (M2 = Σ(x−μ)(x−μ)ᵀ) of feature vectors, in double:
 * mergeable and un-mergeable after Chan, Golub and LeVeque 1979. Plain Java arithmetic in a fixed
 * order: the bits depend on the order of merging alone, not on threads or processor. Immutable,
 * thread-safe.
 */
public final class FeatureStatistics {
  /** Rows that one update takes at once, so that results do not depend on the callers' batches. */
  private static final int ROWS = 64;

  private static final int TILE = 64;

  private final long count;
  private final double[] mean;
  private final double[] m2; // upper triangle by rows

  private FeatureStatistics(long count, double[] mean, double[] m2) {
    this.count = count;
    this.mean = mean;
    this.m2 = m2;
  }

  /** The identity of {@link #merge}: no vector of that dimension yet. */
  public static FeatureStatistics empty(int dimension) {
    checkArgument(dimension >= 1, "dimension must be at least 1, got %d", dimension);
    return new FeatureStatistics(0, new double[dimension], new double[packedLength(dimension)]);
  }

  /**
   * Statistics with the given moments.
   *
   * @param mean [D]
   * @param packedM2 upper triangle of M2 by rows, D(D+1)/2 values
   */
  public static FeatureStatistics of(long count, double[] mean, double[] packedM2) {
    checkArgument(count >= 0, "count must not be negative, got %d", count);
    checkArgument(
        mean.length >= 1 && packedM2.length == packedLength(mean.length),
        "a mean of %d values needs a triangle of %d, got %d",
        mean.length,
        packedLength(mean.length),
        packedM2.length);
    return new FeatureStatistics(count, mean.clone(), packedM2.clone());
  }

  /**
   * Statistics from a mean and an unbiased covariance, as other tools keep them.
   *
   * @param covariance [D, D], symmetric
   */
  public static FeatureStatistics ofCovariance(long count, double[] mean, double[] covariance) {
    int d = mean.length;
    checkArgument(count >= 2, "a covariance needs at least 2 vectors, got %d", count);
    checkArgument(
        covariance.length == d * d,
        "a mean of %d values needs a covariance of %d, got %d",
        d,
        d * d,
        covariance.length);
    double[] m2 = new double[packedLength(d)];
    int to = 0;
    for (int i = 0; i < d; i++) {
      for (int j = i; j < d; j++) {
        m2[to++] = 0.5 * (covariance[i * d + j] + covariance[j * d + i]) * (count - 1);
      }
    }
    return new FeatureStatistics(count, mean.clone(), m2);
  }

  /** Statistics of the rows of a flat [N, D] array, in that order. */
  public static FeatureStatistics of(float[] features, int dimension) {
    Accumulator accumulator = new Accumulator(dimension);
    accumulator.add(features, 0, features.length / dimension);
    return accumulator.finish();
  }

  private static int packedLength(int dimension) {
    return Math.toIntExact((long) dimension * (dimension + 1) / 2);
  }

  /** Number of vectors. */
  public long count() {
    return count;
  }

  /** Values per vector, D. */
  public int dimension() {
    return mean.length;
  }

  /** The mean [D]; zeros if empty. */
  public double[] mean() {
    return mean.clone();
  }

  /** Upper triangle of M2 by rows, D(D+1)/2 values. */
  public double[] packedM2() {
    return m2.clone();
  }

  double[] meanView() {
    return mean;
  }

  double[] packedM2View() {
    return m2;
  }

  /**
   * The unbiased covariance M2/(N−1), full [D, D].
   *
   * @throws IllegalArgumentException with fewer than two vectors
   */
  public double[] covariance() {
    checkArgument(count >= 2, "a covariance needs at least 2 vectors, got %d", count);
    int d = mean.length;
    double[] full = new double[Math.multiplyExact(d, d)];
    int from = 0;
    for (int i = 0; i < d; i++) {
      for (int j = i; j < d; j++) {
        double value = m2[from++] / (count - 1);
        full[i * d + j] = value;
        full[j * d + i] = value;
      }
    }
    return full;
  }

  /** The statistics of both sets together. */
  public FeatureStatistics merge(FeatureStatistics other) {
    checkDimension(other);
    if (count == 0 || other.count == 0) {
      return count == 0 ? other : this; // an empty part must not become 0/0
    }
    long total = Math.addExact(count, other.count);
    return combine(
        other, total, (double) other.count / total, (double) count * other.count / total, 1);
  }

  /**
   * The statistics without those of {@code part}, which must have been merged in before: merge's
   * inverse.
   */
  public FeatureStatistics unmerge(FeatureStatistics part) {
    checkDimension(part);
    checkArgument(part.count <= count, "cannot take %d vectors from %d", part.count, count);
    if (part.count == 0) {
      return this;
    }
    long rest = count - part.count;
    if (rest == 0) {
      return empty(dimension());
    }
    // With μ, n of the whole and μ', k of the part: the rest's mean is μ − (μ'−μ)·k/(n−k), and
    // M2 loses the part's and (μ'−μ)(μ'−μ)ᵀ·nk/(n−k).
    return combine(
        part, rest, -(double) part.count / rest, -(double) count * part.count / rest, -1);
  }

  private FeatureStatistics combine(
      FeatureStatistics other, long total, double shift, double outer, int sign) {
    int d = mean.length;
    double[] delta = new double[d];
    double[] newMean = new double[d];
    for (int i = 0; i < d; i++) {
      delta[i] = other.mean[i] - mean[i];
      newMean[i] = mean[i] + delta[i] * shift;
    }
    double[] newM2 = new double[m2.length];
    int at = 0;
    for (int i = 0; i < d; i++) {
      double scaled = delta[i] * outer;
      for (int j = i; j < d; j++, at++) {
        newM2[at] = m2[at] + sign * other.m2[at] + scaled * delta[j];
      }
    }
    return new FeatureStatistics(total, newMean, newM2);
  }

  private void checkDimension(FeatureStatistics other) {
    checkArgument(
        other.mean.length == mean.length,
        "statistics have dimensions %d and %d",
        mean.length,
        other.mean.length);
  }

  /** Whether all moments are equal, bit for bit. */
  @Override
  public boolean equals(Object object) {
    return object instanceof FeatureStatistics other
        && count == other.count
        && Arrays.equals(mean, other.mean)
        && Arrays.equals(m2, other.m2);
  }

  @Override
  public int hashCode() {
    return Objects.hash(count, Arrays.hashCode(mean), Arrays.hashCode(m2));
  }

  @Override
  public String toString() {
    return "FeatureStatistics[count=" + count + ", dimension=" + mean.length + "]";
  }

  /**
   * Gathers vectors into statistics. The result depends on the sequence of vectors alone, not on
   * how it was cut into calls. One thread at a time.
   */
  public static final class Accumulator {
    private final int dimension;
    private final double[] rows;
    private FeatureStatistics total;
    private int filled;

    /** For vectors of that dimension. */
    public Accumulator(int dimension) {
      this.total = empty(dimension);
      this.dimension = dimension;
      this.rows = new double[ROWS * dimension];
    }

    /**
     * Adds rows of a flat [N, D] array.
     *
     * @param from the first row
     * @param rowCount how many
     * @throws IllegalArgumentException if a value is not finite, naming row and position
     */
    public void add(float[] features, int from, int rowCount) {
      for (int r = from; r < from + rowCount; r++) {
        for (int i = 0; i < dimension; i++) {
          float value = features[r * dimension + i];
          checkFinite(value, r, i);
          rows[filled * dimension + i] = value;
        }
        filled++;
        if (filled == ROWS) {
          flush();
        }
      }
    }

    private static void checkFinite(float value, int row, int position) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "feature " + position + " of vector " + row + " is " + value);
      }
    }

    /** Vectors added so far. */
    public long count() {
      return total.count + filled;
    }

    /** The statistics of everything added since the last call; begins anew. */
    public FeatureStatistics finish() {
      flush();
      FeatureStatistics result = total;
      total = empty(dimension);
      return result;
    }

    private void flush() {
      if (filled == 0) {
        return;
      }
      double[] mean = new double[dimension];
      for (int r = 0; r < filled; r++) {
        for (int i = 0; i < dimension; i++) {
          mean[i] += rows[r * dimension + i];
        }
      }
      for (int i = 0; i < dimension; i++) {
        mean[i] /= filled;
      }
      for (int r = 0; r < filled; r++) {
        for (int i = 0; i < dimension; i++) {
          rows[r * dimension + i] -= mean[i];
        }
      }
      addBlock(mean);
      filled = 0;
    }

    /** Chan's merge of the block of centred rows into the total, in place. */
    private void addBlock(double[] blockMean) {
      long newCount = total.count + filled;
      double outer = (double) total.count * filled / newCount;
      double shift = (double) filled / newCount;
      double[] delta = new double[dimension];
      for (int i = 0; i < dimension; i++) {
        delta[i] = blockMean[i] - total.mean[i];
        total.mean[i] += delta[i] * shift;
      }
      double[] scaled = new double[dimension];
      for (int i = 0; i < dimension; i++) {
        scaled[i] = delta[i] * outer;
      }
      int padded = (filled + 3) / 4 * 4; // rows beyond are zero: they add nothing
      Arrays.fill(rows, filled * dimension, padded * dimension, 0.0);
      for (int i0 = 0; i0 < dimension; i0 += TILE) {
        for (int j0 = i0; j0 < dimension; j0 += TILE) {
          addTile(i0, j0, padded, scaled, delta);
        }
      }
      total = new FeatureStatistics(newCount, total.mean, total.m2);
    }

    private void addTile(int i0, int j0, int padded, double[] scaled, double[] delta) {
      int j1 = Math.min(j0 + TILE, dimension);
      for (int i = i0; i < Math.min(i0 + TILE, dimension); i++) {
        int begin = Math.max(i, j0);
        if (begin >= j1) {
          continue;
        }
        // Packed position of (i, j) is base + j.
        int base = (int) ((long) i * dimension - (long) i * (i + 1) / 2);
        rank1(total.m2, base + begin, scaled[i], delta, begin, j1 - begin);
        for (int r = 0; r < padded; r += 4) {
          rank4(base + begin, i, begin, j1 - begin, r * dimension);
        }
      }
    }

    private static void rank1(double[] target, int at, double a, double[] x, int from, int length) {
      for (int j = 0; j < length; j++) {
        target[at + j] += a * x[from + j];
      }
    }

    private void rank4(int at, int i, int from, int length, int r0) {
      int r1 = r0 + dimension;
      int r2 = r1 + dimension;
      int r3 = r2 + dimension;
      double a0 = rows[r0 + i];
      double a1 = rows[r1 + i];
      double a2 = rows[r2 + i];
      double a3 = rows[r3 + i];
      double[] target = total.m2;
      for (int j = 0; j < length; j++) {
        double sum = a0 * rows[r0 + from + j] + a1 * rows[r1 + from + j];
        sum += a2 * rows[r2 + from + j] + a3 * rows[r3 + from + j];
        target[at + j] += sum;
      }
    }
  }
}
