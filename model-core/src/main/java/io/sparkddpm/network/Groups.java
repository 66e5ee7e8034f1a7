package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

/** Groups of a GroupNorm. */
final class Groups {
  /** Of the paper's networks. */
  static final int MOST = 32;

  /** Channels of a group, at least, where the number of groups is not set. */
  private static final int LEAST_GROUP = 4;

  private Groups() {}

  /**
   * Groups where none are set: as many as divide the channels, at most 32 and at least 4 channels
   * each where there are so many; the rule of Karras et al. 2022 (their code's GroupNorm).
   */
  static int usual(int channels) {
    int groups = Math.max(1, Math.min(MOST, channels / LEAST_GROUP));
    while (channels % groups != 0) {
      groups--;
    }
    return groups;
  }

  /** Checks the base width of a network. */
  static void checkWidth(int channels, int groups) {
    checkArgument(
        groups >= 1 && channels >= groups && channels % groups == 0,
        "channels must be a multiple of groups (%s), got %s",
        groups,
        channels);
  }

  static void check(String name, int channels, int groups) {
    checkArgument(
        groups >= 1 && channels % groups == 0,
        "%s normalises %s channels in %s groups, which must divide them",
        name,
        channels,
        groups);
  }
}
