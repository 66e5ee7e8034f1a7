package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, for tests to change what it does. */
public abstract class RenamedDisk extends RawLocalFileSystem {
  /** Instead of {@code file}; Hadoop asks while it constructs. */
  @Override
  public abstract String getScheme();

  @Override
  public URI getUri() {
    return URI.create(getScheme() + ":///");
  }

  @Override
  public void initialize(URI given, Configuration conf) throws IOException {
    super.initialize(getUri(), conf);
  }
}
