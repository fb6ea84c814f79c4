package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.export.Exports;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DeviceComparisonTest {
  @Test
  void sumsDoNotDependOnTheOrder() {
    DeviceComparison a = new DeviceComparison(3, 2, 1, 2, 3, 2, 30, 28, 2);
    DeviceComparison b = new DeviceComparison(1, 0, 0, 0, 1, 1, 10, 10, 0);
    assertThat(a.plus(b)).isEqualTo(b.plus(a));
    assertThat(a.plus(DeviceComparison.NONE)).isEqualTo(a);
    DeviceFigures figures = a.plus(b).figures();
    assertThat(figures.images()).isEqualTo(4);
    assertThat(figures.top1().orElseThrow()).isEqualTo(50);
    assertThat(figures.sameClass().orElseThrow()).isEqualTo(75);
    assertThat(figures.equalLogits().orElseThrow()).isEqualTo(95);
    assertThat(figures.mostSteps().orElseThrow()).isEqualTo(2);
    assertThat(b.figures().top1()).isEmpty();
  }

  /** 8 bits, seed by seed: fixed point and float round alike but for a step here and there. */
  @Test
  void aDeviceIsNearTheEvaluation() {
    DeviceComparison sum = DeviceComparison.NONE;
    for (long seed : eightBits()) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
      try (DeviceEvaluator device =
          new DeviceEvaluator(
              Engines.select("reference"), random.graph(), network, Exports.model(random))) {
        for (int i = 0; i < RandomGraphs.IMAGES; i++) {
          sum =
              sum.plus(device.of(new EvaluationImage("i", "", random.image(i), OptionalInt.of(0))));
        }
      }
    }
    DeviceFigures figures = sum.figures();
    assertThat(figures.images()).isGreaterThan(30);
    assertThat(figures.equalLogits().orElseThrow()).isGreaterThan(90);
    assertThat(figures.sameClass().orElseThrow()).isGreaterThan(90);
    assertThat(figures.top1().orElseThrow())
        .isBetween(
            figures.quantizedTop1().orElseThrow() - 10, figures.quantizedTop1().orElseThrow() + 10);
  }

  private static List<Long> eightBits() {
    List<Long> seeds = new ArrayList<>();
    for (long seed = 4; seed < 100; seed++) {
      var spec = RandomGraphs.quantized(seed).network().spec();
      if (spec.weightBits() == 8 && spec.activationBits() == 8) {
        seeds.add(seed);
      }
    }
    return seeds;
  }
}
