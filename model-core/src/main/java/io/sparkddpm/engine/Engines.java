package io.sparkddpm.engine;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.inception.InceptionEngine;
import java.util.ServiceLoader;

/** The engines on the class path. */
public final class Engines {
  private Engines() {}

  /**
   * The engine with those settings.
   *
   * @throws UserException if it is not on the class path, saying how it gets there
   */
  public static EngineFactory of(EngineConfig config) {
    return provider(config).engine(config);
  }

  /**
   * The Inception network for the engine with those settings.
   *
   * @throws UserException as {@link #of}
   */
  public static InceptionEngine inception(EngineConfig config) {
    return provider(config).inception(config);
  }

  private static EngineProvider provider(EngineConfig config) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return ServiceLoader.load(
            EngineProvider.class, loader != null ? loader : Engines.class.getClassLoader())
        .stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.settings().isInstance(config))
        .findFirst()
        .orElseThrow(() -> missing(config));
  }

  private static UserException missing(EngineConfig config) {
    String name = ConfigBinder.type(config);
    return new UserException(
        "engine = %s is not on the class path: scripts/ddpm brings it with DDPM_ENGINE=%s, which"
            + " builds engine-%s; with spark-submit of your own, give its jar as --jars"
            + " engine-%s/target/ddpm-engine-%s-VERSION.jar",
        name, name, name, name, name);
  }
}
