package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

/** Groups of a GroupNorm. */
final class Groups {
  private Groups() {}

  static void check(String name, int channels, int groups) {
    checkArgument(
        groups >= 1 && channels % groups == 0,
        "%s normalises %s channels in %s groups, which must divide them",
        name,
        channels,
        groups);
  }
}
