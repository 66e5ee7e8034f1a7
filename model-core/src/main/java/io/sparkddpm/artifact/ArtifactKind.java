package io.sparkddpm.artifact;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of artefact, each with the newest format that this version reads and writes. */
public enum ArtifactKind {
  DATASET("dataset", 2),
  RUN("run", 1),
  CHECKPOINT("checkpoint", 1),
  SAMPLES("samples", 1),
  STATS("stats", 1),
  FID("fid", 1),
  EVALUATION("evaluation", 1),
  ENCODING("encoding", 1);

  private final String code;
  private final int formatVersion;

  ArtifactKind(String code, int formatVersion) {
    this.code = code;
    this.formatVersion = formatVersion;
  }

  /** The name that stands in manifests. */
  public String code() {
    return code;
  }

  /** The format that this version writes; it reads 1 to this. */
  public int formatVersion() {
    return formatVersion;
  }

  /** The kind with that {@link #code()}. */
  public static Optional<ArtifactKind> ofCode(String code) {
    return Arrays.stream(values()).filter(k -> k.code.equals(code)).findFirst();
  }

  static String known() {
    return Arrays.stream(values()).map(ArtifactKind::code).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return code;
  }
}
