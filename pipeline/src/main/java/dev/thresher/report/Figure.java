package dev.thresher.report;

import java.util.List;

/**
 * A chart with its text alternatives.
 *
 * @param id of the chart in the page
 * @param title heading
 * @param sentence what the chart says, for those who do not see it
 * @param chart what is drawn
 * @param tables the same figures; none where another figure of the section has them
 */
record Figure(String id, String title, String sentence, Chart chart, List<Grid> tables) {
  /**
   * A table in the page.
   *
   * @param caption what it holds
   * @param columns names; the first is that of the row's name
   * @param rows of texts
   * @param note what is left out, or empty
   */
  record Grid(String caption, List<String> columns, List<GridRow> rows, String note) {
    /** Rows of a table in the page; what is more is named and left to the tables of the run. */
    static final int MOST_ROWS = 400;

    /** Keeps the first rows. */
    static Grid of(String caption, List<String> columns, List<GridRow> rows, String source) {
      int shown = Math.min(rows.size(), MOST_ROWS);
      String note =
          shown == rows.size()
              ? ""
              : "The first %d of %d rows; all are in %s.".formatted(shown, rows.size(), source);
      return new Grid(caption, List.copyOf(columns), List.copyOf(rows.subList(0, shown)), note);
    }
  }

  /** A row: what it is about, then its values. */
  record GridRow(String head, List<String> cells) {
    static GridRow of(String head, String... cells) {
      return new GridRow(head, List.of(cells));
    }
  }
}
