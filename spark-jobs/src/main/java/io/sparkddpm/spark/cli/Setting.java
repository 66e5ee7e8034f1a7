package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Prints for {@code scripts/ddpm} what a command line sets a key to. Uses neither Spark nor the
 * commands, so that it starts quickly.
 */
public final class Setting {
  private Setting() {}

  /**
   * Prints a key's value; nothing where the configuration is bad, which the command will report.
   *
   * @param args the key, and a command with its options
   */
  @SuppressForbidden("a script reads what it prints")
  public static void main(String[] args) {
    List<String> command = List.of(args).subList(1, args.length);
    of(args[0], command)
        .ifPresent(value -> System.out.writeBytes((value + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  /** The value of a key where {@code --config} and {@code --set} of a command line are right. */
  static Optional<String> of(String key, List<String> command) {
    try {
      ConfigLayer layer = ConfigLayer.assignments("--set", values("--set", command));
      for (String file : values("--config", command)) {
        layer = layer.over(ConfigLayer.file(Path.of(file)));
      }
      DdpmConfig config = ConfigBinder.bind(DdpmConfig.DEFAULTS, layer);
      return Optional.ofNullable(ConfigText.flatten(config).get(key));
    } catch (UserException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Values of an option, as its next argument or after an equals sign. */
  private static List<String> values(String option, List<String> command) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < command.size(); i++) {
      if (command.get(i).equals(option) && i + 1 < command.size()) {
        values.add(command.get(++i));
      } else if (command.get(i).startsWith(option + "=")) {
        values.add(command.get(i).substring(option.length() + 1));
      }
    }
    return values;
  }
}
