package dev.thresher.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts the sources of a configuration on top of each other: {@code conf/reference.conf}, then
 * overlays in the order in which they are added, then single values.
 */
public final class ConfigurationLoader {
  private static final String REFERENCE = "reference.conf";

  private final Optional<Path> home;
  private final List<Config> overlays = new ArrayList<>();
  private final List<Config> values = new ArrayList<>();

  /** Looks for named files in the home's conf folder first, then in the jar. */
  public ConfigurationLoader(Optional<Path> home) {
    this.home = home;
  }

  /**
   * Adds a file: a path, or the name of an overlay that Thresher brings ({@code quickstart.conf},
   * or {@code quickstart}).
   */
  public ConfigurationLoader file(String name) {
    Path path = Path.of(name);
    if (Files.isRegularFile(path)) {
      overlays.add(parse(name, () -> ConfigFactory.parseFile(path.toFile(), strict())));
      return this;
    }
    String shipped = name.endsWith(".conf") ? name : name + ".conf";
    overlays.add(
        shipped(shipped)
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot read the configuration "
                            + path.toAbsolutePath()
                            + ": there is no such file, and Thresher brings none of that name")));
    return this;
  }

  /** Adds {@code KEY=VALUE}; lists and quoted texts are written as in a file. */
  public ConfigurationLoader set(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigurationException(
          "--set takes KEY=VALUE, not '" + assignment + "'; for example --set finetune.epochs=2");
    }
    return value(assignment.substring(0, equals).strip(), assignment.substring(equals + 1).strip());
  }

  /** Adds one value of the command line. */
  public ConfigurationLoader value(String key, String text) {
    String origin = "on the command line";
    values.add(
        parse(
            origin,
            () -> {
              ConfigValue value =
                  text.startsWith("[") || text.startsWith("{") || text.startsWith("\"")
                      ? ConfigFactory.parseString("value = " + text).getValue("value")
                      : ConfigValueFactory.fromAnyRef(text, origin);
              return ConfigFactory.empty(origin).withValue(key, value);
            }));
    return this;
  }

  /**
   * Continues a run: what it was configured with lies under all that was added here, but for what
   * cannot change a result and may differ now.
   *
   * @param printed the run's {@link Configuration#print}
   */
  public ConfigurationLoader continuing(String printed) {
    overlays.add(
        0,
        parse(
            "the configuration of the run",
            () -> Configuration.withEffectOnly(ConfigFactory.parseString(printed))));
    return this;
  }

  /** As {@link #continuing}, with the run's own quality gate and name of publication. */
  public ConfigurationLoader judging(String printed) {
    overlays.add(
        0,
        parse(
            "the configuration of the run",
            () -> Configuration.withEffectOrJudging(ConfigFactory.parseString(printed))));
    return this;
  }

  /** The sum of all sources, checked. */
  public Configuration load() {
    Config sum =
        shipped(REFERENCE)
            .orElseThrow(
                () -> new IllegalStateException("conf/" + REFERENCE + " is missing in this build"));
    for (Config overlay : overlays) {
      sum = overlay.withFallback(sum);
    }
    for (Config value : values) {
      sum = value.withFallback(sum);
    }
    Config all = sum;
    return Configuration.of(parse("the configuration", all::resolve));
  }

  private Optional<Config> shipped(String name) {
    Optional<Path> file =
        home.map(h -> h.resolve("conf").resolve(name)).filter(Files::isRegularFile);
    if (file.isPresent()) {
      return file.map(f -> parse(name, () -> ConfigFactory.parseFile(f.toFile(), strict())));
    }
    String resource = "conf/" + name;
    ClassLoader loader = ConfigurationLoader.class.getClassLoader();
    return loader.getResource(resource) == null
        ? Optional.empty()
        : Optional.of(parse(name, () -> ConfigFactory.parseResources(loader, resource, strict())));
  }

  private static ConfigParseOptions strict() {
    return ConfigParseOptions.defaults().setAllowMissing(false);
  }

  private interface Source {
    Config parse();
  }

  private static Config parse(String what, Source source) {
    try {
      return source.parse();
    } catch (ConfigException e) {
      throw new ConfigurationException("Cannot read " + what + ": " + e.getMessage());
    }
  }
}
