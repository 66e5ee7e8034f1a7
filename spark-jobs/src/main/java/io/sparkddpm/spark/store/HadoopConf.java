package io.sparkddpm.spark.store;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/** A Hadoop configuration that travels inside Spark closures and broadcasts. */
public final class HadoopConf implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient Configuration configuration;

  private HadoopConf(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Wraps {@code configuration}; not a copy. */
  public static HadoopConf of(Configuration configuration) {
    return new HadoopConf(configuration);
  }

  /** The configuration, to be read only. */
  public Configuration get() {
    return configuration;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    configuration.write(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    configuration = new Configuration(false);
    configuration.readFields(in);
  }
}
