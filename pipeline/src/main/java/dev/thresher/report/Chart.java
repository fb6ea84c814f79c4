package dev.thresher.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What a chart shows, in words that do not depend on the library that draws it; report.js turns it
 * into that library's. Values that are absent or not finite are null.
 *
 * @param categories names of the places along the first axis
 * @param category what the places are, such as "layer"
 * @param value axis of the values
 * @param series what is drawn
 * @param lines constant values drawn across
 * @param lying whether categories run downwards and values to the right
 */
record Chart(
    List<String> categories,
    String category,
    Axis value,
    List<Series> series,
    List<Line> lines,
    boolean lying) {
  /** More digits than a screen can show. */
  private static final MathContext DRAWN = new MathContext(6);

  /** How values are scaled. */
  enum Scale {
    LINEAR,
    LOGARITHMIC
  }

  /** How a series is drawn. */
  enum Mark {
    LINE,
    BAR,
    DOT,
    RANGE
  }

  /**
   * An axis of values.
   *
   * @param name with its unit
   * @param scale of the values
   */
  record Axis(String name, Scale scale) {}

  /**
   * One series.
   *
   * @param name in the legend
   * @param mark how it is drawn
   * @param tone which of the page's colours
   * @param values one for each category; the upper ends of a range
   * @param lows the lower ends of a range, else null
   * @param stack series of the same stack stand on each other, else null
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Series(
      String name, Mark mark, Tone tone, List<Double> values, List<Double> lows, String stack) {}

  /** What a colour stands for, the same in every chart. */
  enum Tone {
    FLOAT,
    BEFORE,
    AFTER,
    LOW,
    HIGH
  }

  /** A constant value. */
  record Line(String name, double value) {}

  /** Categories along the bottom. */
  static Chart standing(
      String category, List<String> categories, Axis value, List<Series> series, List<Line> lines) {
    return new Chart(
        List.copyOf(categories), category, value, List.copyOf(series), List.copyOf(lines), false);
  }

  /** Categories downwards, for a few with long names. */
  static Chart lying(List<String> categories, Axis value, List<Series> series) {
    return new Chart(List.copyOf(categories), "", value, List.copyOf(series), List.of(), true);
  }

  static Axis linear(String name) {
    return new Axis(name, Scale.LINEAR);
  }

  static Axis logarithmic(String name) {
    return new Axis(name, Scale.LOGARITHMIC);
  }

  static Series series(String name, Mark mark, Tone tone, DoubleStream values) {
    return new Series(name, mark, tone, drawn(values), null, null);
  }

  static Series range(String name, Tone tone, DoubleStream lows, DoubleStream highs) {
    return new Series(name, Mark.RANGE, tone, drawn(highs), drawn(lows), null);
  }

  static Series stacked(String name, Tone tone, DoubleStream values) {
    return new Series(name, Mark.BAR, tone, drawn(values), null, "all");
  }

  /** NaN stands for none. */
  private static List<Double> drawn(DoubleStream values) {
    return values.mapToObj(value -> Double.isFinite(value) ? rounded(value) : null).toList();
  }

  private static Double rounded(double value) {
    return new BigDecimal(value).round(DRAWN).doubleValue();
  }
}
