package io.sparkddpm.spark.store;

import java.util.Map;
import java.util.Optional;

/**
 * What S3 answered instead of doing what it was asked. Hadoop 3.3 throws exceptions of the AWS
 * SDK's first version, Hadoop 3.4 those of its second. Either of them may be missing, so methods
 * are called by name.
 *
 * @param code S3's word for the reason, such as {@code AccessDenied}
 * @param status of HTTP
 * @param date header of the answer, if there was one
 */
record S3Refusal(String code, int status, Optional<String> date) {
  private static final String SDK_1 = "com.amazonaws.AmazonServiceException";
  private static final String SDK_2 =
      "software.amazon.awssdk.awscore.exception.AwsServiceException";
  private static final String SDK_2_RESPONSE = "software.amazon.awssdk.http.SdkHttpResponse";
  private static final String DATE = "Date";

  /** The answer that an exception stands for; empty where it stands for none. */
  static Optional<S3Refusal> of(Throwable thrown) {
    for (Class<?> type = thrown.getClass(); type != null; type = type.getSuperclass()) {
      try {
        if (type.getName().equals(SDK_1)) {
          return Optional.of(ofSdk1(thrown));
        }
        if (type.getName().equals(SDK_2)) {
          return Optional.of(ofSdk2(thrown));
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(type.getName() + " is not as it should be", e);
      }
    }
    return Optional.empty();
  }

  private static S3Refusal ofSdk1(Throwable refused) throws ReflectiveOperationException {
    Map<?, ?> headers = (Map<?, ?>) get(refused, "getHttpHeaders");
    return new S3Refusal(
        String.valueOf(get(refused, "getErrorCode")),
        (int) get(refused, "getStatusCode"),
        Optional.ofNullable(headers).map(h -> (String) h.get(DATE)));
  }

  private static S3Refusal ofSdk2(Throwable refused) throws ReflectiveOperationException {
    int status = (int) get(refused, "statusCode");
    Object details = get(refused, "awsErrorDetails");
    if (details == null) {
      return new S3Refusal("", status, Optional.empty());
    }
    Object response = get(details, "sdkHttpResponse");
    Optional<?> date =
        response == null
            ? Optional.empty()
            : (Optional<?>)
                Class.forName(SDK_2_RESPONSE, false, response.getClass().getClassLoader())
                    .getMethod("firstMatchingHeader", String.class)
                    .invoke(response, DATE);
    return new S3Refusal(
        String.valueOf(get(details, "errorCode")), status, date.map(String.class::cast));
  }

  private static Object get(Object from, String getter) throws ReflectiveOperationException {
    return from.getClass().getMethod(getter).invoke(from);
  }
}
