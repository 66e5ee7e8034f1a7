package io.sparkddpm.spark.store;

import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Artefacts on Azurite, Microsoft's emulator of its storage, through Hadoop's connector, which must
 * be on the class path: that of Hadoop 3.4.2 or newer, which speaks the emulator's protocol.
 */
@EnabledIfEnvironmentVariable(
    named = AdlsArtifactIT.SERVER,
    matches = ".+:\\d+",
    disabledReason = AdlsArtifactIT.SERVER + " names no Azurite (docs/storage.md)")
class AdlsArtifactIT extends ArtifactContract {
  static final String SERVER = "DDPM_TEST_AZURITE";

  /** Account and key that every Azurite knows, as its documentation says. */
  private static final String ACCOUNT = "devstoreaccount1";

  private static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static final String HOST = ACCOUNT + ".dfs.core.windows.net";
  private static final String CONTAINER = "ddpm-" + System.nanoTime();

  @Override
  Configuration configuration() {
    Configuration conf = new Configuration();
    conf.set("fs.azure.abfs.endpoint", System.getenv(SERVER));
    conf.set("fs.azure.account.key." + HOST, KEY);
    conf.set("fs.azure.account.hns.enabled", "false");
    conf.set("fs.azure.fns.account.service.type", "BLOB");
    conf.set("fs.azure.always.use.https", "false");
    conf.set("fs.azure.networking.library", "JDK_HTTP_URL_CONNECTION");
    conf.set("fs.azure.createRemoteFileSystemDuringInitialization", "true");
    return conf;
  }

  @Override
  URI root() {
    return URI.create("abfs://" + CONTAINER + "@" + HOST + "/");
  }
}
