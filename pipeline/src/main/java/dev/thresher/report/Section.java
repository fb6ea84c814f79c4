package dev.thresher.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the page.
 *
 * @param id anchor
 * @param title heading
 * @param text paragraphs that come first
 * @param figures charts
 * @param tables tables that no chart shows
 */
record Section(
    String id, String title, List<String> text, List<Figure> figures, List<Figure.Grid> tables) {
  Section {
    text = List.copyOf(text);
    figures = List.copyOf(figures);
    tables = List.copyOf(tables);
  }

  /** A section that only says something. */
  static Section saying(String id, String title, String... text) {
    return new Section(id, title, List.of(text), List.of(), List.of());
  }

  /** What a run says of a subject whose table it does not have. */
  static Section without(String id, String title, String table) {
    return saying(
        id,
        title,
        "This run has no table metrics/%s.parquet: the version that evaluated it did not write one."
            .formatted(table));
  }

  /** All charts of some sections. */
  static List<Figure> figures(List<Section> sections) {
    List<Figure> all = new ArrayList<>();
    sections.forEach(section -> all.addAll(section.figures()));
    return all;
  }
}
