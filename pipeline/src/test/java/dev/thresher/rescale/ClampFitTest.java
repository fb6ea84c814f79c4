package dev.thresher.rescale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClampFitTest {
  private static final double[] SLOPES = {-3, -1.7, -0.6, 0, 0.4, 1.1};

  /** The fit of one channel that has the values given before a ReLU6. */
  private static ClampFit fit(float[] values) {
    Tensor one = Tensor.of(new float[] {1}, 1, 1, 1, 1);
    Convolution identity = new Convolution(one, Tensor.of(new float[1], 1), Window.UNIT, 1);
    Graph graph =
        new Graph(
            "in",
            new FeatureShape(1, 1, values.length),
            List.of(new Node("clamped", identity, Activation.RELU6, List.of("in"))));
    CalibrationStatistics statistics = new CalibrationStatistics(graph);
    try (FloatPass pass = new ReferenceEngine().floatPass(graph, 1)) {
      statistics.add(graph, pass, values, 1);
    }
    return new ClampFit(statistics.tensor("clamped").clamped().orElseThrow(), 0, 6);
  }

  private static double clamp(double x) {
    return Math.min(Math.max(x, 0), 6);
  }

  @Test
  void readsWithTheFactorOfLeastSquares() {
    float[] values = RandomGraphs.gaussians(new Random(1), 5000, 12);
    ClampFit fit = fit(values);
    for (double v : SLOPES) {
      double ff = 0;
      double fg = 0;
      double gg = 0;
      for (float x : values) {
        double f = clamp(Math.exp(v) * x) / values.length;
        double g = clamp(x);
        ff += f * clamp(Math.exp(v) * x);
        fg += f * g;
        gg += g * g / values.length;
      }
      ClampFit.Point point = fit.at(v);
      assertThat(point.read()).as("read at %s", v).isCloseTo(-Math.log(fg / ff), within(0.03));
      assertThat(point.error())
          .as("error at %s", v)
          .isCloseTo(gg - fg * fg / ff, within(0.02 * gg));
    }
  }

  @Test
  void givesItsOwnDerivatives() {
    ClampFit fit = fit(RandomGraphs.gaussians(new Random(2), 5000, 12));
    double h = 1e-5; // between two bins, where the fit is smooth
    for (double v : SLOPES) {
      ClampFit.Point point = fit.at(v + 0.01);
      ClampFit.Point above = fit.at(v + 0.01 + h);
      ClampFit.Point below = fit.at(v + 0.01 - h);
      assertThat(point.readSlope())
          .isCloseTo((above.read() - below.read()) / (2 * h), within(1e-3));
      assertThat(point.errorSlope())
          .isCloseTo((above.error() - below.error()) / (2 * h), within(1e-3));
    }
  }

  @Test
  void costsNothingWhereTheBoundIsNotReached() {
    float[] values = RandomGraphs.gaussians(new Random(3), 500, 1);
    ClampFit fit = fit(values);
    for (double v : new double[] {-4, -1, -0.1}) {
      assertThat(fit.at(v))
          .isEqualTo(new ClampFit.Point(fit.at(v).read(), fit.at(v).readSlope(), 0, 0));
      assertThat(fit.at(v).read()).isCloseTo(v, within(1e-9));
      assertThat(fit.at(v).readSlope()).isCloseTo(1, within(1e-9));
    }
  }
}
