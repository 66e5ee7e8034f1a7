package io.sparkddpm.image;

/**
 * How large an image may be.
 *
 * @param bytes of heap that decoding one may take
 */
record DecodeLimit(long bytes) {
  static final DecodeLimit NONE = new DecodeLimit(Long.MAX_VALUE);
  private static final long MAX_PIXELS = 200_000_000L;
  private static final long MIB = 1L << 20;
  private static final String REMEDY =
      "make it smaller, or raise DDPM_HEAP (spark.executor.memory in a cluster)";

  /**
   * Called with what a file's header says, before anything of that size is allocated.
   *
   * @param perPixel bytes of heap for each pixel, the result's three among them
   * @param more bytes of heap beside
   * @throws BadImageException naming pixels and bytes
   */
  void check(long width, long height, long perPixel, long more, String source) {
    if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > MAX_PIXELS) {
      throw new BadImageException(
          "%s has %d x %d pixels; at most %d are accepted", source, width, height, MAX_PIXELS);
    }
    long needed = width * height * perPixel + more;
    if (needed > bytes) {
      throw new BadImageException(
          "%s has %d x %d pixels, and decoding it takes %d MiB of heap; a task has %d MiB: %s",
          source, width, height, (needed + MIB - 1) / MIB, bytes / MIB, REMEDY);
    }
  }

  /** Of a file that takes more to be read than the heap that decoding may take. */
  BadImageException tooLong(long length, String source) {
    return new BadImageException(
        "%s has %d bytes, too many to be read into the %d MiB of heap that a task has: %s",
        source, length, bytes / MIB, REMEDY);
  }
}
