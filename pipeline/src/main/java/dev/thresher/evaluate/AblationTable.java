package dev.thresher.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The table of an ablation, for programs and for people. */
public final class AblationTable {
  /** One row for each network of an ablation. */
  public static final MetricsTable<AblationRow> COLUMNS = columns();

  private AblationTable() {}

  private static MetricsTable<AblationRow> columns() {
    MetricsTable<AblationRow> table =
        new MetricsTable<AblationRow>("ablation").text("cell", AblationRow::cell);
    for (String axis : AblationRow.AXES) {
      table.text(axis.replace('-', '_'), row -> row.choice(axis));
    }
    table
        .text("training", AblationRow::training)
        .integer("images", row -> row.summary().imagesEvaluated())
        .integer("labelled", row -> row.summary().evaluation().labelled())
        .optionalReal("float_top1", row -> row.summary().floatTop1());
    MetricsTables.proportion(table, "top1", row -> row.figures().top1());
    MetricsTables.proportion(table, "top5", row -> row.figures().top5());
    table
        .optionalReal("drop", row -> row.figures().drop().points())
        .optionalReal("drop_low", row -> row.figures().drop().low())
        .optionalReal("drop_high", row -> row.figures().drop().high())
        .optionalReal("drop_p_value", row -> row.figures().drop().pValue());
    return MetricsTables.proportion(table, "agreement", row -> row.figures().agreement())
        .optionalReal("logit_rmse", row -> row.figures().logitRmse())
        .optionalReal("logit_sqnr_db", row -> row.figures().logitSqnrDb())
        .real("seconds", AblationRow::seconds);
  }

  /** A list of objects, one for each row, keys as the columns; null where a value is not known. */
  public static byte[] json(List<AblationRow> rows) {
    ObjectMapper json = new ObjectMapper();
    ArrayNode all = json.createArrayNode();
    for (AblationRow row : rows) {
      ObjectNode object = all.addObject();
      COLUMNS.columns().forEach(column -> column.put(object, row));
    }
    try {
      String text = json.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
      return text.getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("texts and numbers have a JSON form", e);
    }
  }

  /** The figures that people compare, as a Markdown table aligned for reading as plain text. */
  public static String markdown(List<AblationRow> rows) {
    StringBuilder text = new StringBuilder();
    if (!rows.isEmpty()) {
      Summary any = rows.get(0).summary();
      text.append(
          String.format(
              Locale.ROOT,
              "%s on %d images, float top-1 %s\n\n",
              any.network(),
              any.imagesEvaluated(),
              SummaryTable.real("%.1f %%", any.floatTop1())));
    }
    line(
        text,
        "granularity",
        "scheme",
        "range",
        "rescale",
        "bias corr.",
        "training",
        "top-1 %",
        "lost (95 % interval)",
        "agreement %",
        "RMSE");
    text.append("|---|---|---|---|---|---|---:|---:|---:|---:|\n");
    for (AblationRow row : rows) {
      NetworkFigures figures = row.figures();
      Drop drop = figures.drop();
      line(
          text,
          row.choice("granularity"),
          row.choice("scheme"),
          row.choice("range"),
          row.choice("rescale"),
          row.choice("bias-correction").equals("true") ? "yes" : "no",
          row.training(),
          SummaryTable.real("%.1f", figures.top1().percent()),
          drop.points().isEmpty()
              ? "-"
              : SummaryTable.real("%.1f", drop.points())
                  + " ("
                  + SummaryTable.real("%.1f", drop.low())
                  + " to "
                  + SummaryTable.real("%.1f", drop.high())
                  + ")",
          SummaryTable.real("%.1f", figures.agreement().percent()),
          SummaryTable.real("%.3f", figures.logitRmse()));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, Object... cells) {
    text.append(
        String.format(
            Locale.ROOT,
            "| %-11s | %-10s | %-10s | %-9s | %-10s | %-9s | %7s | %20s | %11s | %6s |\n",
            cells));
  }
}
