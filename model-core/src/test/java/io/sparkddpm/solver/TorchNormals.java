package io.sparkddpm.solver;

/**
 * The normal numbers of torch's CPU generator: MT19937 (Matsumoto and Nishimura 1998) with 24-bit
 * uniforms, Box and Muller in blocks of 16. Only for draws of a multiple of 16 values.
 */
final class TorchNormals {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int index = N;

  TorchNormals(int seed) {
    state[0] = seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  private int next() {
    if (index == N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      index = 0;
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  float[] draw(int count) {
    float[] d = new float[count];
    for (int i = 0; i < count; i++) {
      d[i] = (next() & 0xFFFFFF) / (float) (1 << 24);
    }
    for (int block = 0; block < count; block += 16) {
      for (int j = block; j < block + 8; j++) {
        double radius = Math.sqrt(-2 * Math.log(1 - d[j]));
        double angle = 2 * Math.PI * d[j + 8];
        d[j] = (float) (radius * Math.cos(angle));
        d[j + 8] = (float) (radius * Math.sin(angle));
      }
    }
    return d;
  }
}
