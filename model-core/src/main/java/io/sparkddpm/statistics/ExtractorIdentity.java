package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * What decides the features of an image: statistics made by extractors of different identities must
 * never be compared or merged.
 *
 * @param name the network, such as "inception-v3-2015-12-05"
 * @param weights hex SHA-256 of the file of weights, or what the weights are derived from
 * @param resize named mode that brings images to the network's size, "none" where it takes any
 */
public record ExtractorIdentity(String name, String weights, String resize)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Checks that no part is empty. */
  public ExtractorIdentity {
    checkArgument(
        !name.isEmpty() && !weights.isEmpty() && !resize.isEmpty(),
        "an extractor's identity has no empty part, got '%s', '%s', '%s'",
        name,
        weights,
        resize);
  }

  @Override
  public String toString() {
    return name + ", weights " + weights + ", resize " + resize;
  }
}
