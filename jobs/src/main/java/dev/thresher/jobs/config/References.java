package dev.thresher.jobs.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the values of a configuration name with <code>${...}</code>, before it is resolved: thirty
 * lines that each name the one before twice would become a thousand million texts.
 *
 * <p>Every <code>${</code> in the text of a value counts, in a quoted text too: what is counted is
 * never less than what resolving makes.
 */
final class References {
  private static final String BEGIN = "${";
  private static final int MOST = 1_000;
  private static final int LONGEST = 1_000;

  /** Characters of all values together. */
  private static final double LARGEST = 4 << 20;

  /**
   * How much a value grows at most for each time that it names itself: k times in each of n/k lines
   * make k^(n/k), which is largest for k = 3.
   */
  private static final double GROWTH = Math.cbrt(3);

  private final TreeMap<String, String> texts = new TreeMap<>();
  private final Map<String, Double> sizes = new HashMap<>();
  private final TreeSet<String> names = new TreeSet<>();
  private int count;

  private References(ConfigObject root) {
    flatten(List.of(), root);
  }

  /**
   * Looks through a configuration that is not resolved.
   *
   * @return what is named: keys, or variables of the environment
   * @throws ConfigurationException if resolving it would make too much of it
   */
  static Set<String> check(ConfigObject root) {
    References references = new References(root);
    double all = 0;
    for (String key : references.texts.keySet()) {
      all += references.size(key);
    }
    if (all > LARGEST) {
      throw new ConfigurationException(
          "Cannot read the configuration: its values name each other (${...}) so that they would have more than %d characters"
              .formatted((long) LARGEST));
    }
    return references.names;
  }

  private void flatten(List<String> path, ConfigObject object) {
    for (String name : keys(object)) {
      List<String> inner = new ArrayList<>(path);
      inner.add(name);
      ConfigValue value = object.get(name);
      if (value instanceof ConfigObject nested && !keys(nested).isEmpty()) {
        flatten(inner, nested);
      } else {
        texts.put(ConfigUtil.joinPath(inner), value.render(ConfigRenderOptions.concise()));
      }
    }
  }

  /** Empty where the object itself has to be resolved first. */
  private static Set<String> keys(ConfigObject object) {
    try {
      return object.keySet();
    } catch (ConfigException.NotResolved e) {
      return Set.of();
    }
  }

  /** Characters that the value of this key has at most, or of all keys below it. */
  private double size(String key) {
    Double known = sizes.get(key);
    if (known != null) {
      return known;
    }
    sizes.put(key, -1.0); // At work: whoever comes here names itself.
    double size = texts.containsKey(key) ? ofText(texts.get(key)) : 0;
    String below = key + ".";
    for (String inner : texts.tailMap(below).keySet()) {
      if (!inner.startsWith(below)) {
        break;
      }
      size += Math.max(0, size(inner));
    }
    sizes.put(key, size);
    return size;
  }

  private double ofText(String text) {
    double size = text.length();
    double growth = 1;
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      if (++count > MOST) {
        throw new ConfigurationException(
            "Cannot read the configuration: its values name others (${...}) more than %d times"
                .formatted(MOST));
      }
      double named = named(text, at + BEGIN.length());
      size += Math.max(0, named);
      growth *= named < 0 ? GROWTH : 1;
    }
    return size * growth;
  }

  /** Size of what is named from this place on, below 0 for the value itself. */
  private double named(String text, int begin) {
    int from = text.startsWith("?", begin) ? begin + 1 : begin;
    String rest = text.substring(from, Math.min(text.length(), from + LONGEST));
    for (int end = rest.indexOf('}'); end >= 0; end = rest.indexOf('}', end + 1)) {
      try {
        String key = ConfigUtil.joinPath(ConfigUtil.splitPath(rest.substring(0, end)));
        names.add(key);
        String variable = System.getenv(key);
        return size(key) + (variable == null ? 0 : variable.length());
      } catch (ConfigException notAPath) {
        // The brace may be part of a quoted name.
      }
    }
    return 0;
  }
}
