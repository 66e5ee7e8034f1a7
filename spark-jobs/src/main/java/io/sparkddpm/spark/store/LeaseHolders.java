package io.sparkddpm.spark.store;

import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Who holds the lease on a directory, for reports. Only looks: claims and deletes nothing. */
public final class LeaseHolders {
  private LeaseHolders() {}

  /**
   * A line for each process that has confirmed that it holds the lease: its number, host, since
   * when, and whether it is alive as far as this machine can find out.
   */
  public static List<String> of(Configuration conf, URI dir) {
    LeaseFiles files = new LeaseFiles(conf, dir);
    return files.allEntries().stream()
        .filter(LeaseFiles.Entry::isConfirmed)
        .map(files::holder)
        .map(holder -> holder + life(holder.life()))
        .toList();
  }

  private static String life(LocalProcesses.Life life) {
    switch (life) {
      case ALIVE:
        return ", alive";
      case DEAD:
        return ", which no longer exists";
      default:
        return " (whether it is alive is not known here)";
    }
  }
}
