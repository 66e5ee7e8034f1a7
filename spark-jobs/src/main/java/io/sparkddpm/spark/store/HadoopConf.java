package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.InetAddress;
import org.apache.hadoop.conf.Configuration;

/**
 * A Hadoop configuration that travels inside Spark closures and broadcasts. Every job of the
 * program sends one, so it also makes sure that driver and executors run the same code.
 */
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
    out.writeUTF(CodeVersion.CURRENT);
    configuration.write(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    String sender = in.readUTF();
    if (!sender.equals(CodeVersion.CURRENT)) {
      throw new UserException(
          "the driver runs spark-ddpm %s, but the executor on %s runs %s: give all of them the same"
              + " jar (spark.jars, spark.executor.extraClassPath, the container's image)",
          sender, InetAddress.getLocalHost().getHostName(), CodeVersion.CURRENT);
    }
    configuration = new Configuration(false);
    configuration.readFields(in);
  }
}
