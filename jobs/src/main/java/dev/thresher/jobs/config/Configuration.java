package dev.thresher.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import dev.thresher.provenance.Hashes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A resolved configuration: the settings, their printed form, and what makes two of them differ.
 */
public final class Configuration {
  /** Prefixes of what cannot change a result: where it is stored, who computes it, who watches. */
  private static final List<String> WITHOUT_EFFECT =
      List.of(
          "store.",
          "spark.",
          "progress.",
          "engine-memory",
          "run.id",
          "evaluate.max-drop",
          "evaluate.min-agreement",
          "evaluate.min-sqnr",
          "evaluate.max-rmse",
          "observe.",
          "publish.",
          "finetune.keep-checkpoints");

  /** Those of them by which a finished run is judged and named. */
  private static final List<String> JUDGING =
      List.of(
          "evaluate.max-drop",
          "evaluate.min-agreement",
          "evaluate.min-sqnr",
          "evaluate.max-rmse",
          "publish.");

  private static final List<String> NOT_OF_THE_MODEL =
      List.of("data.", "model.path", "export.", "evaluate.", "ablate.");

  private final Config resolved;
  private final Settings settings;
  private final SortedMap<String, Object> canonical;
  private final List<String> secrets;

  private Configuration(
      Config resolved,
      Settings settings,
      SortedMap<String, Object> canonical,
      List<String> secrets) {
    this.resolved = resolved;
    this.settings = settings;
    this.canonical = Collections.unmodifiableSortedMap(canonical);
    this.secrets = secrets;
  }

  /**
   * Checks all keys and values; throws with everything that is wrong.
   *
   * @param secrets texts that are nowhere shown
   */
  static Configuration of(Config resolved, List<String> secrets) {
    KeyReader keys = new KeyReader(resolved.root(), secrets);
    Settings settings;
    try {
      settings = Settings.read(keys);
    } catch (IllegalArgumentException e) {
      // A record that checks itself met a value that is a recorded problem already.
      keys.throwIfWrong();
      throw new ConfigurationException(e.getMessage());
    }
    keys.refuseUnknown(PreprocessingReader.PARTS);
    keys.throwIfWrong();
    return new Configuration(resolved, settings, keys.shown(), keys.secrets());
  }

  /**
   * The same with other values.
   *
   * @param values texts by key
   * @throws ConfigurationException with everything that is wrong
   */
  public Configuration with(Map<String, String> values) {
    Config changed = resolved;
    for (Map.Entry<String, String> value : values.entrySet()) {
      changed =
          changed.withValue(
              value.getKey(), ConfigValueFactory.fromAnyRef(value.getValue(), "chosen"));
    }
    return of(changed, secrets);
  }

  /** The value of a key in its canonical form, as text. */
  public String value(String key) {
    return String.valueOf(canonical.get(key));
  }

  /** The checked values. */
  public Settings settings() {
    return settings;
  }

  /** One line per key, in alphabetical order, secrets masked; readable as a --conf file. */
  public String print() {
    StringBuilder text = new StringBuilder();
    canonical.forEach(
        (key, value) -> text.append(quoted(key)).append(" = ").append(render(value)).append('\n'));
    return text.toString();
  }

  /** The lines of {@link #print} that another configuration does not print. */
  public List<String> linesUnlike(Configuration other) {
    Set<String> theirs = other.print().lines().collect(Collectors.toSet());
    return print().lines().filter(line -> !theirs.contains(line)).toList();
  }

  /** SHA-256 over all keys that can change a result, as 64 hexadecimal digits. */
  public String hash() {
    return hash(decisive(canonical));
  }

  /**
   * SHA-256 of the keys that decide the bytes of the model beside network and images: not where
   * these lie, nor labels, nor how the result is judged.
   */
  public String modelHash() {
    SortedMap<String, String> keys = new TreeMap<>(decisive(canonical));
    keys.keySet().removeIf(key -> NOT_OF_THE_MODEL.stream().anyMatch(key::startsWith));
    return hash(keys);
  }

  /** The hash of what {@link #print} wrote; of the empty text where that cannot be read. */
  public static String hashOf(String printed) {
    try {
      return hash(decisive(plain(ConfigFactory.parseString(printed))));
    } catch (ConfigException e) {
      return hash(new TreeMap<>());
    }
  }

  /** Where a run with this printed configuration began. */
  public static Optional<String> forkOf(String printed) {
    Object fork = plain(ConfigFactory.parseString(printed)).get("finetune.fork");
    return fork instanceof String text && !text.isEmpty() ? Optional.of(text) : Optional.empty();
  }

  private static String hash(SortedMap<String, String> keys) {
    StringBuilder text = new StringBuilder();
    keys.forEach((key, value) -> text.append(key + " = " + value + "\n"));
    return Hashes.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What differs from an earlier {@link #print} among the keys that can change a result: "KEY is
   * NEW, was OLD" in alphabetical order; empty where the hashes are equal.
   */
  public List<String> differencesFrom(String printed) {
    SortedMap<String, String> now = decisive(canonical);
    SortedMap<String, String> before;
    try {
      before = decisive(plain(ConfigFactory.parseString(printed)));
    } catch (ConfigException e) {
      return List.of("the stored configuration cannot be read (" + e.getMessage() + ")");
    }
    TreeSet<String> keys = new TreeSet<>(now.keySet());
    keys.addAll(before.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String is = now.getOrDefault(key, "not set");
      String was = before.getOrDefault(key, "not set");
      if (!Objects.equals(is, was)) {
        differences.add(key + " is " + is + ", was " + was);
      }
    }
    return differences;
  }

  static Config withEffectOnly(Config printed) {
    return only(printed, Configuration::hasEffect);
  }

  static Config withEffectOrJudging(Config printed) {
    return only(printed, key -> hasEffect(key) || JUDGING.stream().anyMatch(key::startsWith));
  }

  private static Config only(Config printed, Predicate<String> isKept) {
    Config kept = printed;
    for (String key : plain(printed).keySet()) {
      if (!isKept.test(key)) {
        kept = kept.withoutPath(quoted(key));
      }
    }
    return kept;
  }

  private static boolean hasEffect(String key) {
    return WITHOUT_EFFECT.stream().noneMatch(key::startsWith);
  }

  private static SortedMap<String, Object> plain(Config parsed) {
    TreeMap<String, Object> values = new TreeMap<>();
    parsed
        .entrySet()
        .forEach(
            entry ->
                values.put(
                    String.join(".", ConfigUtil.splitPath(entry.getKey())),
                    entry.getValue().unwrapped()));
    return values;
  }

  private static SortedMap<String, String> decisive(SortedMap<String, Object> values) {
    TreeMap<String, String> decisive = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (hasEffect(key)) {
            decisive.put(key, render(value));
          }
        });
    return decisive;
  }

  /** Numbers that are equal are written alike: 1 and 1.0, 1e-3 and 0.001. */
  private static String render(Object value) {
    if (value instanceof Number number) {
      double d = number.doubleValue();
      boolean whole = d == Math.rint(d) && Math.abs(d) < 1L << 53;
      return number instanceof Long || number instanceof Integer
          ? Long.toString(number.longValue())
          : whole ? Long.toString((long) d) : Double.toString(d);
    }
    if (value instanceof List<?> items) {
      List<String> parts = items.stream().map(Configuration::render).toList();
      return "[" + String.join(", ", parts) + "]";
    }
    return ConfigValueFactory.fromAnyRef(value).render();
  }

  private static String quoted(String key) {
    return ConfigUtil.joinPath(key.split("\\."));
  }
}
