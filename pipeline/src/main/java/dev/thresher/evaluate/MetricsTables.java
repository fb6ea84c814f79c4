package dev.thresher.evaluate;

import dev.thresher.evaluate.LayerRow.WeightFigures;
import dev.thresher.evaluate.ThresholdRow.State;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.rescale.RescaledPair;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The tables that a run leaves under {@code metrics/}; {@code SCHEMA.md} beside this class says
 * what every column means.
 */
public final class MetricsTables {
  /** One row for each round of fine-tuning. */
  public static final MetricsTable<RoundRecord> ROUNDS =
      new MetricsTable<RoundRecord>("rounds")
          .integer("round", RoundRecord::round)
          .integer("step", RoundRecord::step)
          .real("loss", RoundRecord::loss)
          .optionalReal("judged_loss", MetricsTables::judgedLoss)
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

  /** One row for each quantizer. */
  public static final MetricsTable<ThresholdRow> THRESHOLDS = thresholds();

  /** One row for each pair or group of layers whose channels were balanced. */
  public static final MetricsTable<RescaledPair> RESCALING =
      new MetricsTable<RescaledPair>("rescaling")
          .text("first", RescaledPair::first)
          .text("second", RescaledPair::second)
          .integer("channels", RescaledPair::channels)
          .integer("locked", RescaledPair::locked)
          .integer("limited", RescaledPair::limited)
          .integer("zero", RescaledPair::zero)
          .optionalReal("target", MetricsTables::target)
          .text(
              "target_rule",
              pair -> pair.targetRule().name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .real("spread_before", RescaledPair::spreadBefore)
          .real("spread_after", RescaledPair::spreadAfter);

  /** One row for each network that was evaluated. */
  public static final MetricsTable<EvaluationSummary.Row> EVALUATION = evaluation();

  /** One row for each class that has a labelled image. */
  public static final MetricsTable<ClassRow> CLASSES = classes();

  /** One row for each image that was evaluated. */
  public static final MetricsTable<ImageRow> IMAGES = images();

  /** One row for each bin of the histograms of weights and activations. */
  public static final MetricsTable<HistogramRow> HISTOGRAMS =
      new MetricsTable<HistogramRow>("histograms")
          .integer("layer", HistogramRow::layer)
          .text("tensor", HistogramRow::tensor)
          .text("of", HistogramRow::of)
          .real("low", row -> row.bin().low())
          .real("high", row -> row.bin().high())
          .integer("count", row -> row.bin().count());

  /** Every table. */
  public static final List<MetricsTable<?>> ALL =
      List.of(ROUNDS, LAYERS, THRESHOLDS, RESCALING, EVALUATION, CLASSES, IMAGES, HISTOGRAMS);

  private MetricsTables() {}

  private static OptionalDouble target(RescaledPair pair) {
    return Double.isNaN(pair.target()) ? OptionalDouble.empty() : OptionalDouble.of(pair.target());
  }

  private static OptionalDouble judgedLoss(RoundRecord round) {
    return Double.isNaN(round.judgedLoss())
        ? OptionalDouble.empty()
        : OptionalDouble.of(round.judgedLoss());
  }

  private static MetricsTable<LayerRow> layers() {
    MetricsTable<LayerRow> table =
        new MetricsTable<LayerRow>("layers")
            .integer("index", LayerRow::index)
            .text("tensor", LayerRow::tensor)
            .text("kind", LayerRow::kind)
            .integer("height", row -> row.shape().height())
            .integer("width", row -> row.shape().width())
            .integer("channels", row -> row.shape().channels())
            .real("range_min", row -> row.activation().rangeMin())
            .real("range_max", row -> row.activation().rangeMax())
            .real("alpha", row -> row.activation().width())
            .optionalReal("alpha_shift", row -> row.activation().shift())
            .real("scale", row -> row.activation().scale())
            .integer("zero_point", row -> row.activation().zeroPoint())
            .integer("lower", row -> row.activation().lower())
            .integer("upper", row -> row.activation().upper())
            .integerOf("filters", LayerRow::weights, WeightFigures::filters)
            .integerOf("weights", LayerRow::weights, WeightFigures::weights)
            .integerOf("macs", LayerRow::weights, WeightFigures::macs);
    spread(table, "weight_threshold", WeightFigures::thresholds);
    spread(table, "weight_alpha", WeightFigures::alphas);
    spread(table, "weight_scale", WeightFigures::scales);
    table
        .integerOf("weight_alphas_at_low", LayerRow::weights, WeightFigures::atLow)
        .integerOf("weight_alphas_at_high", LayerRow::weights, WeightFigures::atHigh)
        .integerOf("weights_moved", LayerRow::weights, WeightFigures::moved)
        .realOf("weight_sqnr_db", LayerRow::weights, figures -> figures.noise().decibels())
        .integer("images", row -> row.study().images());
    return table
        .optionalReal("sqnr_db", row -> row.study().own())
        .optionalReal("only_sqnr_db", row -> row.study().only())
        .optionalReal("all_but_sqnr_db", row -> row.study().allBut())
        .optionalReal("gain_db", row -> row.study().gain());
  }

  private static void spread(
      MetricsTable<LayerRow> table, String name, Function<WeightFigures, LayerRow.Spread> spread) {
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

  private static MetricsTable<ThresholdRow> thresholds() {
    MetricsTable<ThresholdRow> table =
        new MetricsTable<ThresholdRow>("thresholds")
            .integer("layer", ThresholdRow::layer)
            .text("tensor", ThresholdRow::tensor)
            .text("of", ThresholdRow::of)
            .optionalInteger("filter", ThresholdRow::filter);
    state(table, "before", ThresholdRow::before);
    state(table, "after", ThresholdRow::after);
    return table
        .real("alpha_low", row -> row.limits().low())
        .real("alpha_high", row -> row.limits().high())
        .optionalReal("shift_low", row -> ofShift(row, row.limits().shiftLow()))
        .optionalReal("shift_high", row -> ofShift(row, row.limits().shiftHigh()))
        .text("at_limit", ThresholdRow::alphaAtLimit)
        .text("shift_at_limit", ThresholdRow::shiftAtLimit);
  }

  private static OptionalDouble ofShift(ThresholdRow row, double limit) {
    return row.after().shift().isPresent() ? OptionalDouble.of(limit) : OptionalDouble.empty();
  }

  private static void state(
      MetricsTable<ThresholdRow> table, String when, Function<ThresholdRow, State> state) {
    table
        .real("min_" + when, row -> state.apply(row).min())
        .real("max_" + when, row -> state.apply(row).max())
        .real("alpha_" + when, row -> state.apply(row).alpha())
        .optionalReal("shift_" + when, row -> state.apply(row).shift())
        .real("scale_" + when, row -> state.apply(row).scale())
        .integer("zero_point_" + when, row -> state.apply(row).zeroPoint());
  }

  private static MetricsTable<EvaluationSummary.Row> evaluation() {
    MetricsTable<EvaluationSummary.Row> table =
        new MetricsTable<EvaluationSummary.Row>("evaluation")
            .text("network", row -> row.network().network())
            .text("set", row -> row.evaluation().set())
            .integer("images", row -> row.evaluation().images())
            .integer("labelled", row -> row.evaluation().labelled());
    proportion(table, "top1", row -> row.network().top1());
    proportion(table, "top5", row -> row.network().top5());
    table
        .optionalReal("drop", row -> row.network().drop().points())
        .optionalReal("drop_low", row -> row.network().drop().low())
        .optionalReal("drop_high", row -> row.network().drop().high())
        .optionalReal("drop_p_value", row -> row.network().drop().pValue());
    pairs(table, "both_right", PairedCounts::both);
    pairs(table, "lost", PairedCounts::lost);
    pairs(table, "gained", PairedCounts::gained);
    pairs(table, "both_wrong", PairedCounts::neither);
    proportion(table, "agreement", row -> row.network().agreement());
    return table
        .optionalReal("logit_rmse", row -> row.network().logitRmse())
        .optionalReal("logit_sqnr_db", row -> row.network().logitSqnrDb())
        .optionalReal("logit_max_difference", row -> row.network().logitMaxDifference());
  }

  private static void pairs(
      MetricsTable<EvaluationSummary.Row> table, String name, ToLongFunction<PairedCounts> count) {
    table.optionalInteger(
        name,
        row ->
            row.evaluation().labelled() == 0
                ? OptionalLong.empty()
                : OptionalLong.of(count.applyAsLong(row.network().pairs())));
  }

  static <R> MetricsTable<R> proportion(
      MetricsTable<R> table, String name, Function<R, Proportion> proportion) {
    return table
        .optionalReal(name, row -> proportion.apply(row).percent())
        .optionalReal(name + "_low", row -> proportion.apply(row).low())
        .optionalReal(name + "_high", row -> proportion.apply(row).high());
  }

  private static MetricsTable<ClassRow> classes() {
    return new MetricsTable<ClassRow>("classes")
        .integer("class", ClassRow::label)
        .text("name", ClassRow::name)
        .integer("images", row -> row.quantized().images())
        .integer("float_right", row -> row.quantized().first())
        .integer("untrained_right", row -> row.untrained().second())
        .integer("quantized_right", row -> row.quantized().second())
        .real("float_top1", row -> 100.0 * row.quantized().first() / row.quantized().images())
        .real("quantized_top1", row -> 100.0 * row.quantized().second() / row.quantized().images())
        .optionalReal("drop", row -> row.quantized().drop().points())
        .optionalReal("drop_low", row -> row.quantized().drop().low())
        .optionalReal("drop_high", row -> row.quantized().drop().high())
        .integer("lost", row -> row.quantized().lost())
        .integer("gained", row -> row.quantized().gained());
  }

  private static MetricsTable<ImageRow> images() {
    MetricsTable<ImageRow> table =
        new MetricsTable<ImageRow>("images")
            .text("set", row -> row.place().set())
            .integer("part", row -> row.place().part())
            .integer("row", row -> row.place().row())
            .text("part_key", row -> row.place().key())
            .text("id", row -> row.image().id())
            .optionalInteger("label", row -> ofLabel(row, row.image().label()))
            .integer("float_class", row -> row.image().floats().first())
            .integer("untrained_class", row -> row.untrained().first())
            .integer("quantized_class", row -> row.quantized().first())
            .real("float_confidence", row -> row.image().floats().confidence())
            .real("quantized_confidence", row -> row.quantized().confidence())
            .real("float_margin", row -> row.image().floats().margin())
            .optionalInteger("float_rank", row -> rank(row, row.image().floats()))
            .optionalInteger("quantized_rank", row -> rank(row, row.quantized()));
    return table.real("logit_rmse", ImageRow::logitRmse).text("outcome", ImageRow::outcome);
  }

  private static OptionalLong rank(ImageRow row, Guess guess) {
    return guess.rank() == Integer.MAX_VALUE ? OptionalLong.empty() : ofLabel(row, guess.rank());
  }

  private static OptionalLong ofLabel(ImageRow row, long value) {
    return row.image().label() < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
