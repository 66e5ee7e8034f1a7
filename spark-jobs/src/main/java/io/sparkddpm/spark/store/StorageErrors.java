package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.UnknownStoreException;

/**
 * Refusals of S3 in words for people. Its own texts are long, and what it says to a request for the
 * head of an object has no reason in it at all.
 */
public final class StorageErrors {
  /** What S3 itself takes for too large a difference. */
  private static final Duration SKEW_ALLOWED = Duration.ofMinutes(15);

  private static final String TOO_SKEWED = "RequestTimeTooSkewed";

  private static final Map<String, String> REASONS =
      Map.of(
          "InvalidAccessKeyId", "the server does not know this access key",
          "SignatureDoesNotMatch", "the secret key does not belong to the access key",
          "ExpiredToken", "the session's credentials have expired",
          "InvalidToken", "the session's token is not valid",
          "AccessDenied",
              "access denied: the bucket's or the account's policy does not allow it to these"
                  + " credentials",
          "NoSuchBucket", "there is no such bucket");

  private StorageErrors() {}

  /**
   * Turns a refusal that came without a reason into one that has it, by asking for a listing: that
   * request's answer has a body.
   *
   * @param uri that could not be read
   * @param refused what came of it; anything but a refusal is given back as it is
   */
  public static IOException withReason(Configuration conf, URI uri, IOException refused) {
    if (!(refused instanceof AccessDeniedException)) {
      return refused;
    }
    try {
      FileSystem fs = Locations.fileSystem(conf, uri);
      fs.listStatusIterator(new Path(uri).getParent()).hasNext();
      return refused;
    } catch (AccessDeniedException denied) {
      return denied;
    } catch (IOException e) {
      refused.addSuppressed(e);
      return refused;
    }
  }

  /** An error's message, with the raw text of a refusal in it replaced by the reason. */
  public static String message(UserException error) {
    return message(error, Instant.now());
  }

  static String message(UserException error, Instant now) {
    String message = error.getMessage();
    for (Throwable t = error.getCause(); t != null; t = t.getCause()) {
      Optional<String> reason = reason(t, now);
      if (reason.isPresent()) {
        return replaced(message, error, reason.get());
      }
    }
    return message;
  }

  /** A failure's text for people: a refusal's reason, or the failure's own text. */
  static String why(IOException failure) {
    Instant now = Instant.now();
    for (Throwable t = failure; t != null; t = t.getCause()) {
      Optional<String> reason = reason(t, now);
      if (reason.isPresent()) {
        return reason.get();
      }
    }
    return failure.getMessage();
  }

  private static String replaced(String message, Throwable error, String reason) {
    for (Throwable quoted = error.getCause(); quoted != null; quoted = quoted.getCause()) {
      String text = quoted.getMessage();
      if (text != null && message.contains(text)) {
        return message.replace(text, reason);
      }
    }
    return message + ": " + reason;
  }

  private static Optional<String> reason(Throwable thrown, Instant now) {
    if (thrown instanceof UnknownStoreException) {
      return Optional.of(REASONS.get("NoSuchBucket"));
    }
    return S3Refusal.of(thrown).flatMap(refused -> reason(refused, now));
  }

  private static Optional<String> reason(S3Refusal refused, Instant now) {
    String code = refused.code();
    boolean denied = refused.status() == 401 || refused.status() == 403;
    Optional<Duration> behind = denied ? behind(refused, now) : Optional.empty();
    if (code.equals(TOO_SKEWED) || behind.isPresent()) {
      return Optional.of(skewed(behind) + "; set it by NTP (" + TOO_SKEWED + ")");
    }
    if (REASONS.containsKey(code)) {
      return Optional.of(REASONS.get(code) + " (" + code + ")");
    }
    return denied
        ? Optional.of(
            "access denied: the credentials are wrong, or may not do this ("
                + refused.status()
                + ")")
        : Optional.empty();
  }

  private static String skewed(Optional<Duration> behind) {
    return behind
        .map(
            d ->
                "this machine's clock is "
                    + text(d.abs())
                    + (d.isNegative() ? " ahead of" : " behind")
                    + " the server's")
        .orElse("this machine's clock and the server's differ by too much");
  }

  private static String text(Duration d) {
    long minutes = d.toMinutes();
    return minutes < 120 ? minutes + " minutes" : d.toHours() + " hours";
  }

  /** By how much our clock is behind the one of the server that answered, if that is too much. */
  private static Optional<Duration> behind(S3Refusal refused, Instant now) {
    try {
      return refused
          .date()
          .map(date -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)))
          .map(theirs -> Duration.between(now, theirs))
          .filter(d -> d.abs().compareTo(SKEW_ALLOWED) > 0);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
