package io.sparkddpm.statistics;

/** numpy's legacy RandomState: MT19937, 53-bit uniforms, polar normals. */
final class NumpyRandom {
  private final int[] state = new int[624];
  private int next = 624;
  private double spare;
  private boolean hasSpare;

  NumpyRandom(int seed) {
    state[0] = seed;
    for (int i = 1; i < 624; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  private int nextInt() {
    if (next == 624) {
      for (int i = 0; i < 624; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  double uniform() {
    int a = nextInt() >>> 5;
    int b = nextInt() >>> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
  }

  double normal() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double x1;
    double x2;
    double r2;
    do {
      x1 = 2.0 * uniform() - 1.0;
      x2 = 2.0 * uniform() - 1.0;
      r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1.0 || r2 == 0.0);
    double f = Math.sqrt(-2.0 * Math.log(r2) / r2);
    spare = f * x1;
    hasSpare = true;
    return f * x2;
  }

  double[] randn(int length) {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = normal();
    }
    return values;
  }

  double[] rand(int length) {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = uniform();
    }
    return values;
  }
}
