package dev.thresher.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Puts the sources of a configuration on top of each other: {@code conf/reference.conf}, then
 * overlays in the order in which they are added, then single values.
 */
public final class ConfigurationLoader {
  private static final String REFERENCE = "reference.conf";

  /** What conf/ brings beside the reference. */
  private static final List<String> OVERLAYS =
      List.of("quickstart.conf", "mobilenet-v1.conf", "mobilenet-v2.conf", "mnasnet.conf");

  private final ConfigurationFiles files;
  private final List<Config> overlays = new ArrayList<>();
  private final List<Config> values = new ArrayList<>();

  /** Looks for named files in the home's conf folder first, then in the jar. */
  public ConfigurationLoader(Optional<Path> home) {
    this.files = new ConfigurationFiles(home);
  }

  /**
   * Adds a file: a path, or the name of an overlay that Thresher brings ({@code quickstart.conf},
   * or {@code quickstart}).
   */
  public ConfigurationLoader file(String name) {
    Path path = path(name);
    if (Files.exists(path) && !Files.isDirectory(path)) {
      overlays.add(parse(name, () -> files.read(path)));
      return this;
    }
    overlays.add(
        shipped(name)
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot read the configuration "
                            + path.toAbsolutePath()
                            + ": there is no such file, and Thresher brings none of that name"
                            + Nearest.file(name, OVERLAYS))));
    return this;
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new ConfigurationException("--conf is no name of a file: " + e.getMessage());
    }
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
    Set<String> named = new TreeSet<>();
    Config resolved =
        parse(
            "the configuration",
            () -> {
              named.addAll(References.check(all.root()));
              return all.resolve();
            });
    return Configuration.of(resolved, secretsOf(named));
  }

  /** What secret variables of the environment hold, of those that a file names. */
  private static List<String> secretsOf(Set<String> names) {
    return names.stream()
        .filter(Secret::isSecret)
        .map(System::getenv)
        .filter(Objects::nonNull)
        .toList();
  }

  private Optional<Config> shipped(String name) {
    return Optional.ofNullable(parse(name, () -> files.shipped(name).orElse(null)));
  }

  private interface Source {
    Config parse();
  }

  private static Config parse(String what, Source source) {
    try {
      return source.parse();
    } catch (ConfigException e) {
      throw new ConfigurationException(
          "Cannot read " + what + ": " + Secret.masked(String.valueOf(e.getMessage())));
    } catch (StackOverflowError e) {
      throw new ConfigurationException(
          "Cannot read " + what + ": it is nested too deeply, by braces, brackets or dots");
    }
  }
}
