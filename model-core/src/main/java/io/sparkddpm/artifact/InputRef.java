package io.sparkddpm.artifact;

import static io.sparkddpm.error.Checks.checkArgument;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * Something that an artefact was made from.
 *
 * @param uri where it lay then; not part of the fingerprint of what was made from it
 * @param fingerprint its content: {@link Manifest#fingerprint()} or a SHA-256
 */
@JsonPropertyOrder({"uri", "fingerprint"})
public record InputRef(String uri, String fingerprint) {
  public InputRef {
    checkArgument(uri != null && !uri.isEmpty(), "an input needs a URI");
    checkArgument(
        fingerprint != null && !fingerprint.isEmpty(), "input %s needs a fingerprint", uri);
  }
}
