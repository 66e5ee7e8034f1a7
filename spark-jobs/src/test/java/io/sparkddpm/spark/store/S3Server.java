package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.hadoop.conf.Configuration;

/**
 * S3Proxy on loopback, a process of its own that keeps objects in memory, with one bucket; it
 * checks signatures.
 */
public final class S3Server implements AutoCloseable {
  /** The access key that it knows. */
  public static final String ACCESS_KEY = "planted-access-key-5f0c";

  /** The secret key that it knows; must be found nowhere. */
  public static final String SECRET_KEY = "planted-secret-b81d0a7e6c";

  private static final String REGION = "us-east-1";
  private static final Pattern STARTED =
      Pattern.compile("Started ServerConnector.*127\\.0\\.0\\.1:(\\d+)");

  private final JavaProcess process;

  private S3Server(JavaProcess process) {
    this.process = process;
  }

  /** Starts it with an existing directory for its log, and waits until it answers. */
  public static S3Server start(Path dir) throws IOException {
    Path properties = dir.resolve("s3proxy.properties");
    Files.writeString(
        properties,
        String.join(
            "\n",
            "s3proxy.endpoint=http://127.0.0.1:0",
            "s3proxy.authorization=aws-v2-or-v4",
            "s3proxy.identity=" + ACCESS_KEY,
            "s3proxy.credential=" + SECRET_KEY,
            "jclouds.provider=transient",
            "jclouds.identity=unused",
            "jclouds.credential=unused"));
    String classPath =
        Files.readString(Path.of("target", "s3-server-class-path"), StandardCharsets.UTF_8);
    S3Server server =
        new S3Server(
            JavaProcess.start(
                dir.resolve("s3proxy.log"),
                Map.of(),
                STARTED,
                "256m",
                loggingConfiguration() + ":" + classPath.strip(),
                "org.gaul.s3proxy.Main",
                List.of("--properties", properties.toString())));
    server.createBucket();
    return server;
  }

  /** By a request with a signature of version 2, which needs no client. */
  private void createBucket() throws IOException {
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
    String signed = "PUT\n\n\n\nx-amz-date:" + date + "\n/" + bucket();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/" + bucket()))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .header("x-amz-date", date)
            .header("Authorization", "AWS " + ACCESS_KEY + ":" + signature(signed))
            .build();
    try {
      HttpResponse<String> answer =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException("no bucket: " + answer.statusCode() + " " + answer.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static String signature(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(SECRET_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The directory of its logback.xml. */
  private static String loggingConfiguration() {
    try {
      return Path.of(S3Server.class.getResource("/s3-server/logback.xml").toURI())
          .getParent()
          .toString();
    } catch (URISyntaxException e) {
      throw new UserException(e, "the tests' class path cannot be read: %s", e.getMessage());
    }
  }

  /** The only bucket; another one for each server, for Hadoop keeps its clients by bucket. */
  public String bucket() {
    return "bucket-" + port();
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return Integer.parseInt(process.announced());
  }

  /** Hadoop's settings for it, or for a proxy before it, on another port; without the keys. */
  public static SortedMap<String, String> settings(int port) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("fs.s3a.endpoint", "http://127.0.0.1:" + port);
    settings.put("fs.s3a.endpoint.region", REGION);
    settings.put("fs.s3a.path.style.access", "true");
    settings.put("fs.s3a.connection.ssl.enabled", "false");
    settings.put("fs.s3a.attempts.maximum", "3");
    settings.put("fs.s3a.retry.limit", "4");
    settings.put("fs.s3a.retry.interval", "20ms");
    settings.put("fs.s3a.retry.throttle.limit", "4");
    settings.put("fs.s3a.retry.throttle.interval", "20ms");
    settings.put("fs.s3a.connection.establish.timeout", "60000");
    settings.put("fs.s3a.connection.timeout", "200000");
    return settings;
  }

  /** A configuration with the keys in it; not for processes whose output is searched for them. */
  public static Configuration configuration(int port) {
    Configuration conf = new Configuration();
    settings(port).forEach(conf::set);
    conf.set("fs.s3a.access.key", ACCESS_KEY);
    conf.set("fs.s3a.secret.key", SECRET_KEY);
    return conf;
  }

  @Override
  public void close() {
    process.close();
  }
}
