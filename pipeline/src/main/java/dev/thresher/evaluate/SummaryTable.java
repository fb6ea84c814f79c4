package dev.thresher.evaluate;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The summary for people. */
final class SummaryTable {
  private static final double MEBIBYTE = 1 << 20;

  private SummaryTable() {}

  static String render(Summary s) {
    StringBuilder text = new StringBuilder();
    line(text, "%s in %s", s.network(), integers(s));
    line(text, "%s weight thresholds, %s activations", s.granularity(), s.scheme());
    line(text, "");
    row(text, "", "float", "quantized", "fine-tuned");
    percents(
        text, "first guess right (top-1)", s.floatTop1(), s.untrainedTop1(), s.quantizedTop1());
    NetworkFigures untrained = s.evaluation().of(Summary.UNTRAINED);
    NetworkFigures quantized = s.evaluation().of(Summary.QUANTIZED);
    percents(
        text,
        "among first five (top-5)",
        s.floatTop5(),
        untrained.top5().percent(),
        s.quantizedTop5());
    percents(
        text,
        "same first guess as float",
        OptionalDouble.of(100),
        s.untrainedAgreement(),
        s.agreement());
    row(
        text,
        "error of logits (RMSE)",
        "0",
        real("%.3f", s.untrainedLogitRmse()),
        real("%.3f", s.logitRmse()));
    row(
        text,
        "signal to noise of logits",
        "-",
        real("%.1f dB", untrained.logitSqnrDb()),
        real("%.1f dB", quantized.logitSqnrDb()));
    line(text, "");
    loss(text, quantized);
    line(text, "agreement     %s", interval("%.1f", quantized.agreement()));
    device(text, s.device());
    line(text, "evaluated on  %d images%s", s.imagesEvaluated(), skipped(s));
    line(text, "fine-tuned    %s", training(s));
    line(text, "time          %s", times(s));
    line(
        text,
        "memory        %.0f MiB at most; engine %s",
        s.peakMemoryBytes() / MEBIBYTE,
        s.engine());
    line(text, "run           %s", s.run());
    return text.toString();
  }

  private static void loss(StringBuilder text, NetworkFigures quantized) {
    Drop drop = quantized.drop();
    if (drop.points().isEmpty()) {
      line(text, "top-1 lost    not known: the images have no labels");
      return;
    }
    line(
        text,
        "top-1 %s points, %s with 95 %% confidence (McNemar p = %s)",
        gains(drop)
            ? "gained  " + real("%.2f", negated(drop.points()))
            : "lost    " + real("%.2f", drop.points()),
        gains(drop)
            ? real("%.2f", negated(drop.high())) + " to " + real("%.2f", negated(drop.low()))
            : real("%.2f", drop.low()) + " to " + real("%.2f", drop.high()),
        real("%.3f", drop.pValue()));
    line(
        text,
        "              %d images right in float only, %d in integers only",
        quantized.pairs().lost(),
        quantized.pairs().gained());
  }

  /** Whether integers are right more often, by what is shown. */
  private static boolean gains(Drop drop) {
    return drop.points().orElse(0) <= -0.005;
  }

  private static OptionalDouble negated(OptionalDouble value) {
    return value.isPresent() ? OptionalDouble.of(-value.getAsDouble()) : value;
  }

  private static void device(StringBuilder text, DeviceFigures device) {
    if (device.images() > 0) {
      line(
          text,
          "on a device   top-1 %s against %s on the same %d images, same first guess on %s:"
              + " fixed-point kernels",
          real("%.1f %%", device.top1()),
          real("%.1f %%", device.quantizedTop1()),
          device.images(),
          real("%.1f %%", device.sameClass()));
    }
  }

  private static String interval(String format, Proportion share) {
    return real(format, share.percent())
        + " %, "
        + real(format, share.low())
        + " to "
        + real(format, share.high())
        + " with 95 % confidence";
  }

  private static String integers(Summary s) {
    int weights = s.bits().weights();
    int activations = s.bits().activations();
    return weights == activations
        ? weights + "-bit integers"
        : weights + "-bit weights and " + activations + "-bit activations";
  }

  private static String skipped(Summary s) {
    return s.badImages() == 0 ? "" : "; " + s.badImages() + " unreadable images were skipped";
  }

  private static String training(Summary s) {
    if (s.rounds() == 0) {
      return "not at all";
    }
    return "on %d images, their labels never read: %s; training read %s images/s"
        .formatted(s.imagesTrained(), outcome(s), real("%.1f", s.finetuneImagesPerSecond()));
  }

  private static String outcome(Summary s) {
    if (s.resultRound() == 0) {
      return "none of %d rounds was better than the start, which is kept".formatted(s.rounds());
    }
    return "%d rounds, loss %s to %s%s"
        .formatted(
            s.rounds(),
            real("%.3f", s.lossFirst()),
            real("%.3f", s.lossLast()),
            s.resultRound() < s.rounds()
                ? "; the state after round %d is kept".formatted(s.resultRound())
                : "");
  }

  private static String times(Summary s) {
    return s.stages().stream()
        .map(stage -> String.format(Locale.ROOT, "%s %.1f s", stage.name(), stage.seconds()))
        .collect(Collectors.joining(", "));
  }

  private static void percents(
      StringBuilder text,
      String label,
      OptionalDouble floats,
      OptionalDouble untrained,
      OptionalDouble trained) {
    row(text, label, real("%.1f %%", floats), real("%.1f %%", untrained), real("%.1f %%", trained));
  }

  /** A number, or a dash for none; what rounds to zero has no sign. */
  static String real(String format, OptionalDouble value) {
    return value.isPresent()
        ? String.format(Locale.ROOT, format, value.getAsDouble()).replaceFirst("^-(0\\.0+)$", "$1")
        : "-";
  }

  private static void row(StringBuilder text, String label, String... cells) {
    line(text, "%-27s%10s%12s%12s", label, cells[0], cells[1], cells[2]);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
