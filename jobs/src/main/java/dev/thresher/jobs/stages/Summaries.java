package dev.thresher.jobs.stages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.evaluate.Comparison;
import dev.thresher.evaluate.Evaluation;
import dev.thresher.evaluate.Summary;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.QualityGateException;
import dev.thresher.jobs.config.Settings;
import dev.thresher.quantize.QuantizationSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What a run came to: made when it is evaluated, shown and judged at the end of every job. */
public final class Summaries {
  static final String KEY = "summary.json";

  private Summaries() {}

  static Summary of(Context context, Evaluation evaluation, String engine, double seconds) {
    Comparison untrained = evaluation.of(EvaluateStage.UNTRAINED);
    Comparison trained = evaluation.of(EvaluateStage.TRAINED);
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
        trained.images(),
        trained.floatTop1Percent(),
        trained.floatTop5Percent(),
        untrained.quantizedTop1Percent(),
        trained.quantizedTop1Percent(),
        trained.quantizedTop5Percent(),
        untrained.agreementPercent(),
        trained.agreementPercent(),
        untrained.logitRmse(),
        trained.logitRmse(),
        loss(rounds, 0),
        loss(rounds, rounds.size() - 1),
        rounds.size(),
        rounds.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(finetune.required("images_per_second").asDouble()),
        stages(context, seconds),
        peakMemoryBytes(),
        engine,
        sample.required("bad_images").asLong());
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

  /** Largest resident memory of this process as Linux counts it; else the JVM's present heap. */
  private static long peakMemoryBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM:")) {
          return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return Runtime.getRuntime().totalMemory();
  }

  /** The figures of a run that is evaluated. */
  public static Summary read(Context context) {
    return Summary.parse(context.store().read(context.committed("evaluate").object(KEY)));
  }

  /**
   * Holds a run's figures against the quality gate.
   *
   * @throws QualityGateException naming the figure that is missed
   */
  public static void judge(Summary summary, Settings.Evaluate gate) {
    double drop = summary.floatTop1().orElse(0) - summary.quantizedTop1().orElse(0);
    if (summary.floatTop1().isPresent() && drop > gate.maxDrop()) {
      throw new QualityGateException(
          "Run %s drops %.2f points of Top-1 against the float network; evaluate.max-drop allows %s"
              .formatted(summary.run(), drop, gate.maxDrop()));
    }
    double agreement = summary.agreement().orElse(100);
    if (agreement < gate.minAgreement()) {
      throw new QualityGateException(
          "Run %s agrees with the float network on %.2f percent of the images; evaluate.min-agreement asks for %s"
              .formatted(summary.run(), agreement, gate.minAgreement()));
    }
  }
}
