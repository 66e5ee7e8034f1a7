package io.sparkddpm.spark.tracking;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;

/** Whether and where training reports to MLflow. No part of a run: it may differ every time. */
public record MlflowConfig(
    @Key("whether training reports to a server") boolean enabled,
    @Key("address of the server, as http://HOST:5000; empty: what MLFLOW_TRACKING_URI says")
        String uri,
    @Key("experiment of the runs; made where there is none") String experiment,
    @Key("name of the run; empty: the last two names of its directory") String runName,
    @Key("registered model that a finished run becomes a version of; empty: none") String model,
    @Key(
            value = "time for a request, and for what is left to send when training has ended",
            range = "(0, 3600]")
        double timeoutSeconds) {
  /** Reports nothing. */
  public static final MlflowConfig DEFAULTS = new MlflowConfig(false, "", "spark-ddpm", "", "", 30);

  public MlflowConfig {
    checkArgument(!experiment.isBlank(), "experiment must not be empty");
    checkArgument(
        timeoutSeconds > 0 && timeoutSeconds <= 3600,
        "timeout-seconds must be in (0, 3600], got %s",
        timeoutSeconds);
  }
}
