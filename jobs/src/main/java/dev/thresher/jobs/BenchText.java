package dev.thresher.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.bench.BenchReport;
import dev.thresher.bench.BenchReport.Figure;
import dev.thresher.bench.BenchReport.Shares;
import dev.thresher.bench.BenchSettings;
import dev.thresher.engine.Engine;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.jobs.config.Settings;
import dev.thresher.provenance.Build;
import dev.thresher.provenance.Environment;
import dev.thresher.provenance.ProcessMemory;
import dev.thresher.tensor.FeatureShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A measurement for people and for programs.
 *
 * @param machine where it was made
 * @param load processes that were ready to run when it began, a minute's average; negative where
 *     the system does not say
 */
record BenchText(
    FoldedNetwork network,
    BenchSettings settings,
    BenchReport report,
    Engine engine,
    Environment machine,
    double load) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final double MEBIBYTE = 1 << 20;

  /** One JSON object; docs/engines.md says what each field is. */
  String json() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", network.name());
    FeatureShape input = network.graph().inputShape();
    fields.put("input", List.of(input.height(), input.width(), input.channels()));
    fields.put("granularity", Settings.name(settings.spec().granularity()));
    fields.put("scheme", Settings.name(settings.spec().scheme()));
    fields.put("weight_bits", settings.spec().weightBits());
    fields.put("activation_bits", settings.spec().activationBits());
    fields.put("batch", settings.batch());
    fields.put("threads", settings.threads());
    fields.put("seconds", settings.seconds());
    figure(fields, "float_forward", report.floatForward());
    figure(fields, "quantized_forward", report.quantizedForward());
    figure(fields, "calibration", report.calibration());
    figure(fields, "training_step", report.trainingStep());
    figure(fields, "corrected_training_step", report.correctedStep());
    fields.put("training_step_peak_bytes", report.trainingStep().bytes());
    fields.put("training_step_shares", shares(report.shares()));
    fields.put("process_peak_bytes", ProcessMemory.peakBytes());
    machine(fields);
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new AssertionError("text and numbers have a JSON form", e);
    }
  }

  private static void figure(Map<String, Object> fields, String name, Figure figure) {
    fields.put(name + "_images_per_second", rounded(figure.all(), 2));
    fields.put(name + "_images_per_second_per_core", rounded(figure.perCore(), 2));
    fields.put(name + "_images_per_cpu_second", rounded(figure.perCpuSecond(), 2));
    fields.put(name + "_bytes", figure.bytes());
  }

  private static Map<String, Object> shares(Shares shares) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("convolution", rounded(shares.convolution()));
    fields.put("element_wise", rounded(shares.elementWise()));
    fields.put("rest", rounded(shares.rest(), 4));
    fields.put("waiting", rounded(shares.waiting(), 4));
    return fields;
  }

  private void machine(Map<String, Object> fields) {
    fields.put("engine", engine.name());
    fields.put("instruction_set", engine.instructionSet());
    fields.put("cpu", machine.cpu());
    fields.put("cpu_features", machine.cpuFeatures());
    fields.put("processors", machine.processors());
    fields.put("load_average_before", load < 0 ? null : rounded(load, 2));
    fields.put("version", Build.version());
    fields.put("code", machine.code());
    fields.put("jvm", machine.jvm());
    fields.put("operating_system", machine.operatingSystem());
  }

  private static Double rounded(OptionalDouble value) {
    return value.isPresent() ? rounded(value.getAsDouble(), 4) : null;
  }

  private static double rounded(double value, int digits) {
    double unit = Math.pow(10, digits);
    return Math.rint(value * unit) / unit;
  }

  /** A table of one line for each kind of pass. */
  String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        line(
            "%s, batch %d, %s, %s",
            network.name(),
            settings.batch(),
            Settings.name(settings.spec().granularity()),
            Settings.name(settings.spec().scheme())));
    text.append(
        line(
            "%s, %d cores; engine %s (%s); load before %.1f",
            machine.cpu(), machine.processors(), engine.name(), engine.instructionSet(), load));
    text.append('\n');
    String all = settings.threads() + (settings.threads() == 1 ? " thread" : " threads");
    text.append(
        line("%-20s%12s%12s%12s%14s", "images/s", "one core", all, "CPU second", "bytes/thread"));
    text.append(row("float forward", report.floatForward()));
    text.append(row("quantized forward", report.quantizedForward()));
    text.append(row("calibration", report.calibration()));
    text.append(row("training step", report.trainingStep()));
    text.append(row("  corrected biases", report.correctedStep()));
    text.append('\n').append(roofline(report.shares()));
    return text.toString();
  }

  private static String row(String name, Figure figure) {
    return line(
        "%-20s%12.1f%12.1f%12.1f%10.1f MiB",
        name, figure.perCore(), figure.all(), figure.perCpuSecond(), figure.bytes() / MEBIBYTE);
  }

  private static String roofline(Shares shares) {
    String passes =
        shares.convolution().isPresent()
            ? "convolution %.0f %%, element-wise %.0f %%, minibatch, loss and optimizer"
                .formatted(
                    100 * shares.convolution().getAsDouble(),
                    100 * shares.elementWise().getAsDouble())
            : "computing";
    return "training step       %s %.0f %%, waiting %.0f %%"
        .formatted(passes, 100 * shares.rest(), 100 * shares.waiting());
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values) + "\n";
  }
}
