package dev.thresher.evaluate;

import dev.thresher.evaluate.LayerRow.WeightFigures;
import dev.thresher.finetune.RoundRecord;
import java.util.OptionalDouble;

/** The tables that a run leaves under {@code metrics/}. */
public final class MetricsTables {
  /** One row for each round of fine-tuning. */
  public static final MetricsTable<RoundRecord> ROUNDS =
      new MetricsTable<RoundRecord>("rounds", 1)
          .integer("round", RoundRecord::round)
          .integer("step", RoundRecord::step)
          .real("loss", RoundRecord::loss)
          .real("learning_rate", RoundRecord::learningRate)
          .integer("images", RoundRecord::images)
          .real("seconds", RoundRecord::seconds)
          .real("alpha_min", RoundRecord::minAlpha)
          .real("alpha_mean", RoundRecord::meanAlpha)
          .real("alpha_max", RoundRecord::maxAlpha)
          .integer("alphas_at_limits", RoundRecord::atLimits)
          .integer("rollbacks", RoundRecord::rollbacks)
          .integer("bytes_sent", RoundRecord::bytesSent)
          .integer("bytes_received", RoundRecord::bytesReceived);

  /** One row for each activation tensor and the weights that computed it. */
  public static final MetricsTable<LayerRow> LAYERS = layers();

  private MetricsTables() {}

  private static MetricsTable<LayerRow> layers() {
    MetricsTable<LayerRow> table =
        new MetricsTable<LayerRow>("layers", 1)
            .integer("index", LayerRow::index)
            .text("tensor", LayerRow::tensor)
            .text("kind", LayerRow::kind)
            .real("range_min", row -> row.activation().rangeMin())
            .real("range_max", row -> row.activation().rangeMax())
            .real("alpha", row -> row.activation().width())
            .optionalReal("alpha_shift", row -> row.activation().shift())
            .real("scale", row -> row.activation().scale())
            .integer("zero_point", row -> row.activation().zeroPoint())
            .integer("lower", row -> row.activation().lower())
            .integer("upper", row -> row.activation().upper())
            .optionalReal("sqnr_db", row -> row.activation().sqnr())
            .integerOf("filters", LayerRow::weights, WeightFigures::filters);
    spread(table, "weight_threshold", WeightFigures::thresholds);
    spread(table, "weight_alpha", WeightFigures::alphas);
    spread(table, "weight_scale", WeightFigures::scales);
    return table
        .integerOf("weight_alphas_at_low", LayerRow::weights, WeightFigures::atLow)
        .integerOf("weight_alphas_at_high", LayerRow::weights, WeightFigures::atHigh)
        .realOf("weight_sqnr_db", LayerRow::weights, figures -> figures.noise().decibels());
  }

  private static void spread(
      MetricsTable<LayerRow> table,
      String name,
      java.util.function.Function<WeightFigures, LayerRow.Spread> spread) {
    table
        .realOf(
            name + "_min",
            LayerRow::weights,
            figures -> OptionalDouble.of(spread.apply(figures).min()))
        .realOf(
            name + "_mean",
            LayerRow::weights,
            figures -> OptionalDouble.of(spread.apply(figures).mean()))
        .realOf(
            name + "_max",
            LayerRow::weights,
            figures -> OptionalDouble.of(spread.apply(figures).max()));
  }
}
