package dev.thresher.jobs.stages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.evaluate.DeviceFigures;
import dev.thresher.evaluate.EvaluationSummary;
import dev.thresher.evaluate.MetricsTable;
import dev.thresher.evaluate.NetworkFigures;
import dev.thresher.evaluate.Proportion;
import dev.thresher.evaluate.Summary;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.QualityGateException;
import dev.thresher.jobs.StageRecord;
import dev.thresher.jobs.config.Settings;
import dev.thresher.provenance.ProcessMemory;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.store.RunStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What a run came to: made when it is evaluated, shown and judged at the end of every job. */
public final class Summaries {
  static final String KEY = "summary.json";

  private Summaries() {}

  static Summary of(
      Context context,
      EvaluationSummary evaluation,
      DeviceFigures device,
      String engine,
      double seconds) {
    NetworkFigures floats = evaluation.of(EvaluationSummary.FLOAT);
    NetworkFigures untrained = evaluation.of(Summary.UNTRAINED);
    NetworkFigures trained = evaluation.of(Summary.QUANTIZED);
    JsonNode sample = context.committed("sample").facts();
    JsonNode finetune = context.committed("finetune").facts();
    List<RoundRecord> rounds = FinetuneStage.rounds(context);
    QuantizationSpec spec = context.settings().quantize();
    return new Summary(
        context.store().runId(),
        context.committed("calibrate").facts().required("network").asText(),
        spec.granularity().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        spec.scheme().name().toLowerCase(Locale.ROOT),
        new Summary.Bits(spec.weightBits(), spec.activationBits()),
        finetune.required("images_trained").asLong(),
        evaluation.images(),
        floats.top1().percent(),
        floats.top5().percent(),
        untrained.top1().percent(),
        trained.top1().percent(),
        trained.top5().percent(),
        untrained.agreement().percent(),
        trained.agreement().percent(),
        untrained.logitRmse(),
        trained.logitRmse(),
        loss(rounds, 0),
        loss(rounds, rounds.size() - 1),
        rounds.size(),
        finetune.required("result_round").asInt(),
        finetune.required("weights_moved").asLong(),
        rounds.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(finetune.required("images_per_second").asDouble()),
        stages(context, seconds),
        ProcessMemory.peakBytes(),
        engine,
        sample.required("bad_images").asLong(),
        MetricsTable.SCHEMA_VERSION,
        evaluation,
        device);
  }

  private static OptionalDouble loss(List<RoundRecord> rounds, int index) {
    return rounds.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(rounds.get(index).loss());
  }

  private static List<Summary.Stage> stages(Context context, double evaluateSeconds) {
    List<Summary.Stage> stages = new ArrayList<>();
    for (String stage : List.of("sample", "calibrate", "finetune", "export")) {
      stages.add(new Summary.Stage(stage, context.committed(stage).seconds()));
    }
    stages.add(new Summary.Stage("evaluate", evaluateSeconds));
    return stages;
  }

  /** The figures of a run that is evaluated. */
  public static Summary read(Context context) {
    return read(context.store(), context.committed("evaluate"));
  }

  /** The figures that the evaluation of a run recorded. */
  public static Summary read(RunStore store, StageRecord evaluated) {
    return Summary.parse(store.read(evaluated.object(KEY)));
  }

  /**
   * Holds a run's figures against the quality gate.
   *
   * @throws QualityGateException naming the figure that is missed
   */
  public static void judge(Summary summary, Settings.Evaluate gate) {
    NetworkFigures quantized = summary.evaluation().of(Summary.QUANTIZED);
    double drop = quantized.drop().points().orElse(0);
    if (drop > gate.maxDrop()) {
      throw new QualityGateException(
          "Run %s drops %.2f points of Top-1, from %.2f to %.2f percent of %d labelled images (95 %% interval of the drop: %.2f to %.2f); evaluate.max-drop allows %s"
              .formatted(
                  summary.run(),
                  drop,
                  summary.floatTop1().orElse(0),
                  summary.quantizedTop1().orElse(0),
                  summary.evaluation().labelled(),
                  quantized.drop().low().orElse(0),
                  quantized.drop().high().orElse(0),
                  gate.maxDrop()));
    }
    Proportion agreement = quantized.agreement();
    if (agreement.percent().orElse(100) < gate.minAgreement()) {
      throw new QualityGateException(
          "Run %s agrees with the float network on %.2f percent of %d images (95 %% interval: %.2f to %.2f); evaluate.min-agreement asks for %s"
              .formatted(
                  summary.run(),
                  agreement.percent().orElse(100),
                  summary.imagesEvaluated(),
                  agreement.low().orElse(100),
                  agreement.high().orElse(100),
                  gate.minAgreement()));
    }
    double sqnr = quantized.logitSqnrDb().orElse(Double.POSITIVE_INFINITY);
    if (!(sqnr >= gate.minSqnr())) {
      throw new QualityGateException(
          "The logits of run %s have a signal-to-noise ratio of %.2f dB on %d images; evaluate.min-sqnr asks for %s"
              .formatted(summary.run(), sqnr, summary.imagesEvaluated(), gate.minSqnr()));
    }
    double rmse = quantized.logitRmse().orElse(0);
    if (gate.maxRmse() > 0 && !(rmse <= gate.maxRmse())) {
      throw new QualityGateException(
          "The logits of run %s have an error (RMSE) of %.4f on %d images; evaluate.max-rmse allows %s"
              .formatted(summary.run(), rmse, summary.imagesEvaluated(), gate.maxRmse()));
    }
  }
}
