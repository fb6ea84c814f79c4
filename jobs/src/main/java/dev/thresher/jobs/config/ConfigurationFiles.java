package dev.thresher.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads files of a configuration and what they include: regular files of a bounded size alone. What
 * is included lies beside the file that includes it, or has the name of an overlay that Thresher
 * brings; it must be there, and nothing is fetched.
 */
final class ConfigurationFiles {
  private static final int LARGEST = 1 << 20;

  /** In all: a file that includes itself twice would have no end. */
  private static final int MOST_INCLUDES = 64;

  private final Optional<Path> home;
  private int includes;

  /** Looks for shipped overlays in the home's conf folder first, then in the jar. */
  ConfigurationFiles(Optional<Path> home) {
    this.home = home;
  }

  /** A file, not resolved. */
  Config read(Path file) {
    String name = file.getFileName().toString();
    return parse(text(file), file.toString(), syntax(name), file.toAbsolutePath().getParent());
  }

  /** An overlay that Thresher brings, with or without its {@code .conf}; empty if there is none. */
  Optional<Config> shipped(String name) {
    String whole = name.endsWith(".conf") ? name : name + ".conf";
    Optional<Path> file =
        home.map(h -> h.resolve("conf").resolve(whole)).filter(Files::isRegularFile);
    if (file.isPresent()) {
      return file.map(this::read);
    }
    String resource = "conf/" + whole;
    try (InputStream in = ConfigurationFiles.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        return Optional.empty();
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Optional.of(parse(text, whole, ConfigSyntax.CONF, Path.of("").toAbsolutePath()));
    } catch (IOException e) {
      throw new ConfigurationException("Cannot read " + resource + " in the jar: " + e);
    }
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigurationException(
          "Cannot read the configuration " + file + ": it is no regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new ConfigurationException(
            "Cannot read the configuration %s: it has more than %d bytes, the limit for a file of settings"
                .formatted(file, LARGEST));
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ConfigurationException("Cannot read the configuration " + file + ": " + e);
    }
  }

  private static ConfigSyntax syntax(String name) {
    return name.endsWith(".json")
        ? ConfigSyntax.JSON
        : name.endsWith(".properties") ? ConfigSyntax.PROPERTIES : ConfigSyntax.CONF;
  }

  private Config parse(String text, String origin, ConfigSyntax syntax, Path folder) {
    return ConfigFactory.parseString(
        text,
        ConfigParseOptions.defaults()
            .setOriginDescription(origin)
            .setSyntax(syntax)
            .setIncluder(new Beside(origin, folder)));
  }

  /** What the file of this name, which lies in this folder, may include. */
  private final class Beside
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    private final String origin;
    private final Path folder;

    Beside(String origin, Path folder) {
      this.origin = origin;
      this.folder = folder;
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      if (what.contains("://")) {
        throw fetched(what);
      }
      count(what);
      for (String name : new String[] {what, what + ".conf"}) {
        Path file = folder.resolve(name).normalize();
        if (Files.exists(file)) {
          return read(file).root();
        }
      }
      return shipped(what).orElseThrow(() -> missing(what)).root();
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      return include(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
      throw fetched(what.toString());
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
      count(what);
      return shipped(what).orElseThrow(() -> missing(what)).root();
    }

    private void count(String what) {
      if (++includes > MOST_INCLUDES) {
        throw new ConfigurationException(
            "Cannot read the configuration %s: it includes '%s', and more than %d files are included by then. Files may include each other in a circle"
                .formatted(origin, what, MOST_INCLUDES));
      }
    }

    private ConfigurationException missing(String what) {
      return new ConfigurationException(
          "Cannot read the configuration %s: it includes '%s', and there is no such file in %s, nor does Thresher bring an overlay of that name"
              .formatted(origin, what, folder));
    }

    private ConfigurationException fetched(String what) {
      return new ConfigurationException(
          "Cannot read the configuration %s: it includes %s, and configurations are not fetched. Copy it beside the file, and include it by its name"
              .formatted(origin, Secret.masked(what)));
    }
  }
}
