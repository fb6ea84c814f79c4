package dev.thresher.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.bench.BenchReport.Figure;
import dev.thresher.bench.BenchReport.Shares;
import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.FloatPass;
import dev.thresher.finetune.Distillation;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is measured is of the right kind and adds up; how fast it is, no test asks. */
class BenchTest {
  private static final Graph GRAPH = MobileNetShapes.v2(0.1, 32, 10, 1);

  private static BenchSettings settings(Granularity granularity, Scheme scheme) {
    return new BenchSettings(
        new QuantizationSpec(granularity, scheme, 8, 8, ScaleLimits.PAPER),
        Distillation.ROOT_MEAN_SQUARE,
        2,
        2,
        0.02);
  }

  @ParameterizedTest
  @CsvSource({
    "auto,PER_FILTER,SYMMETRIC",
    "auto,PER_TENSOR,ASYMMETRIC",
    "reference,PER_FILTER,ASYMMETRIC"
  })
  void measuresEveryPass(String name, Granularity granularity, Scheme scheme) {
    Engine engine = Engines.select(name);
    FoldedNetwork network = new FoldedNetwork("small", GRAPH, "0".repeat(64));
    List<String> said = new ArrayList<>();

    BenchReport report = Bench.run(engine, network, settings(granularity, scheme), said::add);

    List<Figure> figures =
        List.of(
            report.floatForward(),
            report.quantizedForward(),
            report.calibration(),
            report.trainingStep(),
            report.correctedStep());
    assertThat(figures)
        .allSatisfy(
            figure -> {
              assertThat(figure.perCore()).isPositive().isFinite();
              assertThat(figure.all()).isPositive().isFinite();
              assertThat(figure.perCpuSecond()).isPositive().isFinite();
              assertThat(figure.bytes()).isPositive();
            });
    if (engine.name().equals("onednn")) {
      assertThat(report.correctedStep().bytes())
          .as("means, and sums of gradients beside those of scales")
          .isGreaterThan(report.trainingStep().bytes());
    }
    assertThat(said)
        .containsExactly(
            "preparing",
            "float forward",
            "quantized forward",
            "calibration",
            "training step",
            "training step with corrected biases");
    Shares shares = report.shares();
    boolean told = engine.name().equals("onednn");
    assertThat(shares.convolution().isPresent()).isEqualTo(told);
    double passes = shares.convolution().orElse(0) + shares.elementWise().orElse(0);
    assertThat(passes + shares.rest() + shares.waiting()).isEqualTo(1, within(1e-9));
    assertThat(List.of(passes, shares.rest(), shares.waiting()))
        .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0));
  }

  @Test
  void countsTheBytesOfThePassAndOfWhatItReads() {
    Engine engine = Engines.select("auto");
    FoldedNetwork network = new FoldedNetwork("small", GRAPH, "0".repeat(64));
    BenchSettings settings = settings(Granularity.PER_FILTER, Scheme.SYMMETRIC);

    BenchReport report = Bench.run(engine, network, settings, what -> {});

    try (FloatPass pass = engine.floatPass(GRAPH, settings.batch())) {
      long arrays = 4L * settings.batch() * (GRAPH.inputShape().size() + GRAPH.classes());
      assertThat(report.floatForward().bytes()).isEqualTo(pass.bytes() + arrays);
    }
  }

  @Test
  void theErrorOfAThreadIsTheErrorOfTheMeasurement() {
    AtomicInteger steps = new AtomicInteger();
    assertThatThrownBy(
            () ->
                Throughput.of(
                    2,
                    0.01,
                    thread ->
                        new Work() {
                          @Override
                          public void step() {
                            if (thread == 1 && steps.incrementAndGet() == 3) {
                              throw new IllegalStateException("third step");
                            }
                          }

                          @Override
                          public long bytes() {
                            return 0;
                          }

                          @Override
                          public void close() {}
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("third step");
  }

  @Test
  void refusesWhatCannotBeMeasured() {
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);
    assertThatThrownBy(() -> new BenchSettings(spec, Distillation.ROOT_MEAN_SQUARE, 2, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("threads");
  }
}
