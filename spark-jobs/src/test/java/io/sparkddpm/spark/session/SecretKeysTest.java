package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretKeysTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.bucket.b.secret.key",
        "spark.hadoop.fs.s3a.session.token",
        "spark.hadoop.fs.s3a.server-side-encryption.key",
        "spark.hadoop.fs.s3a.encryption.key",
        "spark.hadoop.fs.s3a.proxy.password",
        "fs.s3n.awsSecretAccessKey",
        "fs.s3n.awsAccessKeyId",
        "spark.hadoop.fs.azure.account.key.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.account.oauth2.client.secret",
        "spark.hadoop.fs.azure.account.oauth2.client.secret.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.account.oauth2.refresh.token",
        "spark.hadoop.fs.azure.sas.container.name.blob.core.windows.net",
        "spark.hadoop.fs.azure.sas.fixed.token",
        "spark.hadoop.fs.azure.sas.fixed.token.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.client-provided-encryption-key.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.encryption.encoded.client-provided-key",
        "spark.hadoop.fs.gs.auth.service.account.private.key",
        "spark.hadoop.fs.gs.auth.service.account.private.key.id",
        "spark.hadoop.fs.gs.auth.client.secret",
        "spark.hadoop.fs.gs.auth.refresh.token",
        "spark.hadoop.fs.gs.encryption.key",
        "spark.hadoop.fs.oss.accessKeySecret",
        "spark.hadoop.fs.cosn.userinfo.secretKey",
        "spark.hadoop.fs.ftp.password.host",
        "spark.authenticate.secret",
        "spark.ssl.ui.keyStorePassword",
        "spark.ssl.keyPassword",
        "spark.kubernetes.authenticate.driver.oauthToken",
        "spark.executorEnv.AWS_SECRET_ACCESS_KEY",
        "spark.yarn.appMasterEnv.AWS_SESSION_TOKEN",
        "spark.kubernetes.driverEnv.DB_PASSWORD"
      })
  void secrets(String key) {
    assertTrue(SecretKeys.isSecret(key), key);
    UserException e =
        assertThrows(
            UserException.class, () -> SecretKeys.refuse("--spark-conf", Map.of(key, "planted")));
    assertTrue(
        e.getMessage().startsWith("--spark-conf " + key + " would put a credential on"),
        e.getMessage());
    assertFalse(e.getMessage().contains("planted"), e.getMessage());
    SparkConf conf = SparkSettings.complete(new SparkConf(false), 1);
    assertTrue(Pattern.compile(conf.get("spark.redaction.regex")).matcher(key).find(), key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.task.cpus",
        "spark.hadoop.fs.s3a.endpoint",
        "spark.hadoop.fs.s3a.aws.credentials.provider",
        "spark.hadoop.hadoop.security.credential.provider.path",
        "spark.hadoop.hadoop.security.credstore.java-keystore-provider.password-file",
        "spark.hadoop.fs.azure.account.keyprovider.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.sas.token.provider.type.name.dfs.core.windows.net",
        "spark.hadoop.fs.azure.encryption.encoded.client-provided-key-sha",
        "spark.hadoop.fs.azure.account.oauth2.client.id.name.dfs.core.windows.net",
        "spark.hadoop.fs.gs.auth.service.account.json.keyfile",
        "spark.hadoop.fs.gs.encryption.key.hash",
        "spark.hadoop.fs.s3a.delegation.token.binding",
        "spark.hadoop.dfs.encryption.key.provider.uri",
        "spark.authenticate.secret.file",
        "spark.kubernetes.authenticate.driver.oauthTokenFile",
        "spark.kubernetes.executor.secretKeyRef.ENV",
        "spark.kubernetes.driver.secrets.ddpm",
        "spark.io.encryption.keySizeBits",
        "spark.network.crypto.keyLength",
        "spark.ssl.keyStore",
        "spark.executorEnv.GOOGLE_APPLICATION_CREDENTIALS"
      })
  void placesAndSwitchesAreNone(String key) {
    SecretKeys.refuse("--spark-conf", Map.of(key, "value"));
  }

  @Test
  void secretsInsideValuesAreFound() {
    String message =
        assertThrows(
                UserException.class,
                () ->
                    SecretKeys.refuse(
                        "--spark-conf",
                        Map.of(
                            "spark.executor.extraJavaOptions",
                            "-Xss4m -Djavax.net.ssl.keyStorePassword=x -Da=b")))
            .getMessage();
    assertTrue(
        message.startsWith(
            "--spark-conf spark.executor.extraJavaOptions (-Djavax.net.ssl.keyStorePassword)"),
        message);
    assertThrows(
        UserException.class,
        () -> SecretKeys.refuse("x", Map.of("spark.hadoop.fs.s3a.endpoint", "http://u:p@host")));
    SecretKeys.refuse("x", Map.of("spark.driver.extraJavaOptions", "-Dfs.x=y http://host:1/a@b"));
  }

  @Test
  void whatIsGivenIsNotOverwritten() {
    SparkConf conf = new SparkConf(false).set("spark.redaction.regex", "mine");
    assertEquals("mine", SparkSettings.complete(conf, 1).get("spark.redaction.regex"));
  }
}
