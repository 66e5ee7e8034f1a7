package io.sparkddpm.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sparkddpm.error.UserException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A configuration file and those that it includes: local files, named relative to the file that
 * names them. URLs and resources of the class path are refused, absolute paths too.
 */
final class LocalIncludes extends NoIncludes {
  private static final int DEEPEST = 20;

  private final Path file;
  private final int depth;

  LocalIncludes(Path file) {
    this(file, 0);
  }

  private LocalIncludes(Path file, int depth) {
    super(file.toString());
    this.file = file;
    this.depth = depth;
  }

  /**
   * The file's content, with its substitutions open.
   *
   * @throws UserException if it cannot be read, is not UTF-8, or includes what it may not
   * @throws com.typesafe.config.ConfigException if it does not parse
   */
  Config parse() {
    ConfigSyntax syntax =
        file.toString().endsWith(".properties") ? ConfigSyntax.PROPERTIES : ConfigSyntax.CONF;
    try {
      return ConfigFactory.parseString(
          Files.readString(file, StandardCharsets.UTF_8),
          ConfigParseOptions.defaults()
              .setSyntax(syntax)
              .setOriginDescription(file.toString())
              .setIncluder(this));
    } catch (CharacterCodingException e) {
      throw new UserException(e, "the configuration %s is not UTF-8: save it as that", file);
    } catch (IOException e) {
      throw new UserException(e, "cannot read the configuration %s: %s", file, e.getMessage());
    } catch (IllegalArgumentException e) { // an escape in a properties file
      throw new UserException(e, "cannot read the configuration %s: %s", file, e.getMessage());
    }
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return included(context, what);
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    return included(context, what.getPath());
  }

  private ConfigObject included(ConfigIncludeContext context, String what) {
    if (what.contains(":") || what.startsWith("/")) {
      return super.include(context, what);
    }
    if (depth == DEEPEST) {
      throw new UserException(
          "cannot read the configuration %s: more than %s files include each other in turn",
          file, DEEPEST);
    }
    try {
      Path path = file.resolveSibling(what);
      Path conf = file.resolveSibling(what + ".conf");
      for (Path candidate : new Path[] {path, conf}) {
        if (Files.isRegularFile(candidate)) {
          return new LocalIncludes(candidate, depth + 1).parse().root();
        }
      }
    } catch (InvalidPathException e) {
      throw new UserException(e, "%s includes '%s': %s", file, what, e.getMessage());
    }
    throw new UserException("%s includes '%s', but there is no such file beside it", file, what);
  }
}
