package dev.thresher.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Numbers as people read them, not parted from their units at the end of a line; an absent one is a
 * dash.
 */
final class Wording {
  static final String ABSENT = "–";

  private static final int THOUSAND = 1000;
  private static final double MINUTE = 60;
  private static final int DIGITS = 4;

  private Wording() {}

  static String percent(OptionalDouble value) {
    return of("%.1f\u00a0%%", value);
  }

  /** A difference of percentages. */
  static String points(OptionalDouble value) {
    String text = of("%.1f", value);
    return text.equals("-0.0") ? "0.0" : text.replace('-', '−');
  }

  static String decibels(OptionalDouble value) {
    if (value.isPresent() && Double.isInfinite(value.getAsDouble())) {
      return value.getAsDouble() > 0 ? "exact" : "no signal";
    }
    return of("%.1f\u00a0dB", value);
  }

  /** A number of any size, with at most four digits. */
  static String real(OptionalDouble value) {
    return value.isPresent() ? real(value.getAsDouble()) : ABSENT;
  }

  static String real(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.toString(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(DIGITS)).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent < -DIGITS || exponent > DIGITS + 1) {
      return String.format(Locale.ROOT, "%.2e", value).replace('-', '−');
    }
    return rounded.toPlainString().replace('-', '−');
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String count(OptionalLong value) {
    return value.isPresent() ? count(value.getAsLong()) : ABSENT;
  }

  /** {@code 1 image}, {@code 2 images}. */
  static String count(long value, String noun) {
    return count(value) + " " + (value == 1 ? noun : noun + "s");
  }

  static String bytes(OptionalLong value) {
    return value.isPresent() ? bytes(value.getAsLong()) : ABSENT;
  }

  static String bytes(long value) {
    if (value < THOUSAND) {
      return value + "\u00a0B";
    }
    double kilo = (double) value / THOUSAND;
    return kilo < THOUSAND
        ? String.format(Locale.ROOT, "%.0f\u00a0kB", kilo)
        : String.format(Locale.ROOT, "%.1f\u00a0MB", kilo / THOUSAND);
  }

  static String seconds(double value) {
    if (value < MINUTE) {
      return String.format(Locale.ROOT, "%.1f\u00a0s", value);
    }
    long minutes = Math.round(value / MINUTE);
    return minutes < MINUTE
        ? minutes + "\u00a0min"
        : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
  }

  private static String of(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : ABSENT;
  }
}
