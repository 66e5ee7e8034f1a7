package io.sparkddpm.engine;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.inception.InceptionEngine;
import java.util.Locale;
import java.util.ServiceLoader;

/** The engines on the class path. */
public final class Engines {
  private Engines() {}

  /**
   * The engine of that kind.
   *
   * @throws UserException if it is not on the class path, saying how it gets there
   */
  public static EngineFactory of(EngineKind kind, TorchConfig torch) {
    return provider(kind).engine(torch);
  }

  /**
   * What takes features where that kind is chosen.
   *
   * @throws UserException as {@link #of}
   */
  public static InceptionEngine inception(EngineKind kind, TorchConfig torch) {
    return provider(kind).inception(torch);
  }

  private static EngineProvider provider(EngineKind kind) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return ServiceLoader.load(
            EngineProvider.class, loader != null ? loader : Engines.class.getClassLoader())
        .stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.kind() == kind)
        .findFirst()
        .orElseThrow(() -> missing(kind));
  }

  private static UserException missing(EngineKind kind) {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return new UserException(
        "engine = %s is not on the class path: scripts/ddpm brings it with DDPM_ENGINE=%s, which"
            + " builds engine-%s; with spark-submit of your own, give its jar as --jars"
            + " engine-%s/target/ddpm-engine-%s-VERSION.jar",
        name, name, name, name, name);
  }
}
