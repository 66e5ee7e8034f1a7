package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, for tests to change what it does. */
public abstract class RenamedDisk extends RawLocalFileSystem {
  private final URI uri;

  /**
   * @param scheme instead of {@code file}
   */
  protected RenamedDisk(String scheme) {
    uri = URI.create(scheme + ":///");
  }

  @Override
  public URI getUri() {
    return uri;
  }

  @Override
  public void initialize(URI given, Configuration conf) throws IOException {
    super.initialize(uri, conf);
  }
}
