package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.util.Set;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.logaggregation.ContainerLogsRequest;
import org.apache.hadoop.yarn.logaggregation.LogCLIHelpers;

/**
 * Prints what an application's containers on YARN wrote to their standard output, from the files
 * that YARN puts it together in: for {@code scripts/submit-yarn}, as Hadoop's own command needs
 * classes that a Spark distribution does not bring.
 */
public final class YarnLogs {
  private YarnLogs() {}

  /**
   * Prints.
   *
   * @param args the application's id
   * @throws UserException if there is nothing (yet)
   */
  public static void main(String[] args) throws IOException {
    ContainerLogsRequest request = new ContainerLogsRequest();
    request.setAppId(ApplicationId.fromString(args[0]));
    request.setAppOwner(UserGroupInformation.getCurrentUser().getShortUserName());
    request.setAppFinished(true);
    request.setLogTypes(Set.of("stdout"));
    request.setBytes(Long.MAX_VALUE);
    LogCLIHelpers logs = new LogCLIHelpers();
    logs.setConf(new YarnConfiguration());
    if (logs.dumpAllContainersLogs(request) != 0) {
      throw new UserException("no logs of %s", args[0]);
    }
  }
}
