package dev.thresher.jobs.config;

import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Scheme;
import dev.thresher.rescale.RescaleScope;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A key that an ablation varies. */
public enum Axis {
  /** Thresholds per filter or per weight tensor. */
  GRANULARITY("quantize.granularity", names(Granularity.values())),
  /** Symmetric or asymmetric activations. */
  SCHEME("quantize.scheme", names(Scheme.values())),
  /** How initial ranges are taken. */
  RANGE("calibrate.range", names(RangeRule.values())),
  /** Which channels are balanced. */
  RESCALE("rescale.scope", names(RescaleScope.values())),
  /** Whether biases are corrected. */
  BIAS_CORRECTION("calibrate.bias-correction", List.of("false", "true"));

  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // A copy that cannot be changed.
  private final List<String> words;

  Axis(String key, List<String> words) {
    this.key = key;
    this.words = List.copyOf(words);
  }

  private static List<String> names(Enum<?>[] constants) {
    return Arrays.stream(constants).map(KeyReader::name).toList();
  }

  /** Name in the section {@code ablate} and in the table. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The key that it sets in a cell. */
  public String key() {
    return key;
  }

  /** The values that there are. */
  public List<String> words() {
    return words;
  }
}
