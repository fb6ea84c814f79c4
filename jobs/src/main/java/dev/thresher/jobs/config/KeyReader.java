package dev.thresher.jobs.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads typed values by key, collects what is wrong instead of stopping at the first, and keeps the
 * canonical form of all it read.
 */
final class KeyReader {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /** Powers of 1024 by their place. */
  private static final String UNITS = "-kmgt";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([kmgt]?)");

  private final TreeMap<String, ConfigValue> values = new TreeMap<>();
  private final TreeMap<String, Object> canonical = new TreeMap<>();
  private final TreeSet<String> asked = new TreeSet<>();
  private final LinkedHashSet<String> problems = new LinkedHashSet<>();

  private final TreeSet<String> secrets = new TreeSet<>(Comparator.reverseOrder());

  /**
   * Reads the keys of an object.
   *
   * @param secrets texts that are nowhere shown, beside the values of secret keys
   */
  KeyReader(ConfigObject root, List<String> secrets) {
    flatten("", root);
    this.secrets.addAll(secrets);
    values.forEach(
        (key, value) -> {
          if (Secret.isSecret(key) && !(value.unwrapped() instanceof List<?>)) {
            this.secrets.add(String.valueOf(value.unwrapped()).strip());
          }
        });
  }

  private void flatten(String prefix, ConfigObject object) {
    object.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof ConfigObject inner) {
            flatten(key + ".", inner);
          } else {
            values.put(key, value);
          }
        });
  }

  boolean hasKeysUnder(String prefix) {
    String next = values.ceilingKey(prefix + ".");
    return next != null && next.startsWith(prefix + ".");
  }

  /** Text as it stands; "" where it is not set. */
  String text(String key) {
    return keep(key, raw(key));
  }

  /** As {@link #text}, not kept in the canonical form in clear. */
  Secret secret(String key) {
    return new Secret(text(key));
  }

  /** An address, or an absolute path made of a relative one; "" where it is not set. */
  String location(String key) {
    return keep(key, absolute(withoutPassword(key, raw(key))));
  }

  /** One location or a list of them; empty where none is set. */
  List<String> locations(String key) {
    List<String> all =
        list(key).stream()
            .filter(s -> !s.isEmpty())
            .map(s -> absolute(withoutPassword(key, s)))
            .toList();
    canonical.put(key, all);
    return all;
  }

  /** A list of words, each of them known; one word stands for a list of it. */
  List<String> words(String key, Collection<String> known) {
    List<String> words = list(key).stream().distinct().toList();
    if (words.isEmpty() || !known.containsAll(words)) {
      problem(key, words.toString(), "a list of one or more of " + String.join(", ", known));
    }
    return keep(key, words);
  }

  /** Exactly so many numbers. */
  List<Double> decimals(String key, int count, String allowed, DoublePredicate isAllowed) {
    List<Double> numbers = new ArrayList<>();
    for (String text : list(key)) {
      numbers.add(parse(text));
    }
    if (numbers.size() != count || !numbers.stream().allMatch(n -> isAllowed.test(n))) {
      problem(key, list(key).toString(), allowed);
    }
    return keep(key, List.copyOf(numbers));
  }

  /** A number that the predicate accepts; {@code allowed} says in words which those are. */
  double decimal(String key, String allowed, DoublePredicate isAllowed) {
    double number = parse(raw(key));
    if (!Double.isFinite(number) || !isAllowed.test(number)) {
      problem(key, raw(key), allowed);
    }
    return keep(key, number);
  }

  /** A number that the predicate allows, or empty for the word auto. */
  OptionalDouble decimalOrAuto(String key, String allowed, DoublePredicate isAllowed) {
    if (text(key).equals("auto")) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(decimal(key, "auto, or " + allowed, isAllowed));
  }

  /** A whole number of a closed range. */
  int integer(String key, int low, int high) {
    String allowed =
        high == Integer.MAX_VALUE
            ? "a whole number, " + low + " or more"
            : "a whole number from " + low + " to " + high;
    long number = whole(key, allowed, low);
    if (number < low || number > high) {
      problem(key, raw(key), allowed);
      return keep(key, low);
    }
    return keep(key, (int) number);
  }

  /** A whole number of a closed range, or empty for the word auto. */
  OptionalInt integerOrAuto(String key, int low, int high) {
    return text(key).equals("auto") ? OptionalInt.empty() : OptionalInt.of(integer(key, low, high));
  }

  /** A number of bytes with k, m, g or t for powers of 1024, or empty for the word auto. */
  OptionalLong bytesOrAuto(String key) {
    String text = text(key).toLowerCase(Locale.ROOT);
    if (text.equals("auto")) {
      return OptionalLong.empty();
    }
    Matcher size = SIZE.matcher(text);
    boolean isSize = size.matches();
    long count = isSize ? Long.parseLong(size.group(1)) : 0;
    long unit = isSize && !size.group(2).isEmpty() ? 1L << (10 * UNITS.indexOf(size.group(2))) : 1;
    if (count < 1 || count > Long.MAX_VALUE / unit) {
      problem(key, text, "auto, or a size such as 512m or 4g");
      return OptionalLong.empty();
    }
    return OptionalLong.of(count * unit);
  }

  /** Any 64-bit integer. */
  long seed(String key) {
    return keep(key, whole(key, "a whole number of 64 bits", 0));
  }

  boolean flag(String key) {
    String text = raw(key).toLowerCase(Locale.ROOT);
    if (!List.of("true", "false").contains(text)) {
      problem(key, text, "true or false");
    }
    return keep(key, text.equals("true"));
  }

  /** One of an enum's constants, written in lower case with hyphens. */
  <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = raw(key);
    List<String> names = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String name = name(constant);
      if (name.equals(text.toLowerCase(Locale.ROOT))) {
        keep(key, name);
        return constant;
      }
      names.add(name);
    }
    problem(key, text, "one of " + String.join(", ", names));
    return type.getEnumConstants()[0];
  }

  /** One or several of an enum's constants, each once. */
  <E extends Enum<E>> Set<E> choices(String key, Class<E> type) {
    EnumSet<E> chosen = EnumSet.noneOf(type);
    List<String> given = list(key);
    for (E constant : type.getEnumConstants()) {
      if (given.stream().anyMatch(text -> name(constant).equals(text.toLowerCase(Locale.ROOT)))) {
        chosen.add(constant);
      }
    }
    List<String> names = Arrays.stream(type.getEnumConstants()).map(KeyReader::name).toList();
    if (given.isEmpty() || chosen.size() != given.size()) {
      problem(key, given.toString(), "one or several of " + String.join(", ", names));
    }
    keep(key, chosen.stream().map(KeyReader::name).toList());
    return Collections.unmodifiableSet(chosen);
  }

  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All other keys under a prefix, as text: they belong to somebody else. */
  SortedMap<String, String> rest(String prefix) {
    TreeMap<String, String> rest = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(prefix) && asked.add(key)) {
            rest.put(key, String.valueOf(value.unwrapped()));
          }
        });
    canonical.putAll(rest);
    return rest;
  }

  /** Adds what is wrong beyond a single key. */
  void problem(String message) {
    problems.add(message);
  }

  /** Adds a value that is not allowed. */
  void problem(String key, String value, String allowed) {
    String shown = Secret.isSecret(key) ? Secret.MASK : Secret.masked(value, secrets);
    problems.add(key + " is '" + shown + "', must be " + allowed + from(key));
  }

  /** After all reading: what was there and never asked for. */
  void refuseUnknown(Collection<String> alsoKnown) {
    TreeSet<String> known = new TreeSet<>(asked);
    known.addAll(alsoKnown);
    for (String key : values.keySet()) {
      if (!asked.contains(key)) {
        problems.add(
            "There is no key '"
                + key
                + "'"
                + from(key)
                + Nearest.to(key, known)
                    .map(near -> "; did you mean '" + near + "'?")
                    .orElse("; conf/reference.conf lists all keys"));
      }
    }
  }

  void throwIfWrong() {
    if (!problems.isEmpty()) {
      throw new ConfigurationException(List.copyOf(problems));
    }
  }

  /** The canonical form as it may be shown: without secrets, under whichever key they stand. */
  SortedMap<String, Object> shown() {
    TreeMap<String, Object> shown = new TreeMap<>();
    canonical.forEach((key, value) -> shown.put(key, shown(key, value)));
    return shown;
  }

  private Object shown(String key, Object value) {
    if (value instanceof List<?> items) {
      return items.stream().map(item -> shown(key, item)).toList();
    }
    if (!(value instanceof String text) || text.isEmpty()) {
      return value;
    }
    return Secret.isSecret(key) ? Secret.MASK : Secret.masked(text, secrets);
  }

  /** What is never shown. */
  List<String> secrets() {
    return List.copyOf(secrets);
  }

  private String from(String key) {
    ConfigValue value = values.get(key);
    return value == null ? "" : " (" + value.origin().description() + ")";
  }

  private String raw(String key) {
    asked.add(key);
    ConfigValue value = values.get(key);
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      problems.add(key + " is not set; conf/reference.conf says what it may be");
      return "";
    }
    if (value.valueType() == ConfigValueType.LIST) {
      problem(key, value.unwrapped().toString(), "a single value, not a list");
      return "";
    }
    return String.valueOf(value.unwrapped()).strip();
  }

  private List<String> list(String key) {
    asked.add(key);
    ConfigValue value = values.get(key);
    if (value != null && value.unwrapped() instanceof List<?> items) {
      return items.stream().map(item -> String.valueOf(item).strip()).toList();
    }
    return List.of(raw(key));
  }

  private long whole(String key, String allowed, long otherwise) {
    try {
      return new BigDecimal(raw(key)).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      problem(key, raw(key), allowed);
      return otherwise;
    }
  }

  private static double parse(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** A password in an address would stand in every message and manifest that names it. */
  private String withoutPassword(String key, String location) {
    String masked = Secret.withoutPassword(location);
    if (!masked.equals(location)) {
      problem(key, masked, "an address without credentials; give them in the environment");
    }
    return masked;
  }

  private static String absolute(String location) {
    return location.isEmpty() || SCHEME.matcher(location).matches()
        ? location
        : Path.of(location).toAbsolutePath().normalize().toString();
  }

  private <T> T keep(String key, T value) {
    canonical.put(key, value);
    return value;
  }
}
