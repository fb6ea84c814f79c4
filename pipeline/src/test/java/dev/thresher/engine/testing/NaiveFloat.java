package dev.thresher.engine.testing;

import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.BatchNormalization;
import dev.thresher.network.Operator.Convolution;
import dev.thresher.network.Operator.FullyConnected;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** The float network in double, straight from the definitions, on [C, H, W]. */
public final class NaiveFloat {
  private NaiveFloat() {}

  /** Receives every product that a weighted node sums: output, input or -1, weight. */
  @FunctionalInterface
  interface Term {
    void visit(int output, int input, int weight);
  }

  /** Every tensor of one image before its activation, in the order of execution, as [C, H, W]. */
  public static Map<String, double[]> beforeActivation(Graph graph, float[] imageHwc) {
    Map<String, double[]> before = new LinkedHashMap<>();
    Map<String, double[]> after = new LinkedHashMap<>();
    double[] input = channelsFirst(imageHwc, graph.inputShape());
    before.put(graph.input(), input);
    after.put(graph.input(), input);
    for (Node node : graph.nodes()) {
      double[] y = operator(graph, node, after);
      before.put(node.name(), y);
      after.put(node.name(), activate(node.activation(), y));
    }
    return before;
  }

  /** Logits of one image. */
  public static double[] logits(Graph graph, float[] imageHwc) {
    double[] before = beforeActivation(graph, imageHwc).get(graph.output());
    return activate(graph.node(graph.output()).activation(), before);
  }

  private static double[] operator(Graph graph, Node node, Map<String, double[]> tensors) {
    List<double[]> in = node.inputs().stream().map(tensors::get).toList();
    double[] x = in.get(0);
    double[] y = new double[graph.shape(node.name()).size()];
    if (node.operator() instanceof Weighted weighted) {
      int each = y.length / weighted.filters();
      for (int i = 0; i < y.length; i++) {
        y[i] = weighted.bias().get(i / each);
      }
      terms(graph, node, (o, i, w) -> y[o] += x[i] * weighted.weights().get(w));
    } else {
      IntToDoubleFunction element = elementwise(graph, node, in);
      for (int i = 0; i < y.length; i++) {
        y[i] = element.applyAsDouble(i);
      }
    }
    return y;
  }

  private static IntToDoubleFunction elementwise(Graph graph, Node node, List<double[]> in) {
    double[] x = in.get(0);
    if (node.operator() instanceof Add) {
      return i -> x[i] + in.get(1)[i];
    } else if (node.operator() instanceof GlobalAveragePool) {
      int positions = graph.shape(node.inputs().get(0)).positions();
      return c -> sum(x, c * positions, positions) / positions;
    } else if (node.operator() instanceof BatchNormalization norm) {
      int positions = graph.shape(node.name()).positions();
      return i -> normalize(norm, i / positions, x[i]);
    }
    return i -> x[i]; // Flatten keeps the order of [C, H, W]; PassThrough keeps everything
  }

  private static double normalize(BatchNormalization norm, int channel, double x) {
    double deviation = Math.sqrt(norm.variance().get(channel) + norm.epsilon());
    return norm.gamma().get(channel) * (x - norm.mean().get(channel)) / deviation
        + norm.beta().get(channel);
  }

  static double sum(double[] x, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += x[i];
    }
    return sum;
  }

  /** Visits every product of a weighted node that does not fall on the padding. */
  static void terms(Graph graph, Node node, Term term) {
    FeatureShape in = graph.shape(node.inputs().get(0));
    FeatureShape out = graph.shape(node.name());
    if (node.operator() instanceof FullyConnected dense) {
      for (int o = 0; o < out.size(); o++) {
        for (int i = 0; i < in.size(); i++) {
          term.visit(o, i, o * dense.filterSize() + i);
        }
      }
      return;
    }
    Convolution conv = (Convolution) node.operator();
    int each = conv.weights().extent(1);
    for (int o = 0; o < out.channels(); o++) {
      int firstChannel = o / (conv.filters() / conv.groups()) * each;
      for (int y = 0; y < out.height(); y++) {
        for (int x = 0; x < out.width(); x++) {
          int output = (o * out.height() + y) * out.width() + x;
          for (int i = 0; i < each; i++) {
            taps(conv, in, y, x, output, firstChannel + i, o * each + i, term);
          }
        }
      }
    }
  }

  private static void taps(
      Convolution conv, FeatureShape in, int y, int x, int output, int c, int kernel, Term term) {
    Window window = conv.window();
    for (int ky = 0; ky < conv.kernelHeight(); ky++) {
      for (int kx = 0; kx < conv.kernelWidth(); kx++) {
        int row = y * window.strideHeight() - window.padTop() + ky * window.dilationHeight();
        int column = x * window.strideWidth() - window.padLeft() + kx * window.dilationWidth();
        if (row >= 0 && row < in.height() && column >= 0 && column < in.width()) {
          int input = (c * in.height() + row) * in.width() + column;
          int weight = (kernel * conv.kernelHeight() + ky) * conv.kernelWidth() + kx;
          term.visit(output, input, weight);
        }
      }
    }
  }

  static double[] activate(Activation activation, double[] values) {
    double[] result = values.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = Math.min(Math.max(result[i], activation.lower()), activation.upper());
    }
    return result;
  }

  /** [H, W, C] to [C, H, W]. */
  public static double[] channelsFirst(float[] hwc, FeatureShape shape) {
    double[] result = new double[shape.size()];
    for (int p = 0; p < shape.positions(); p++) {
      for (int c = 0; c < shape.channels(); c++) {
        result[c * shape.positions() + p] = hwc[p * shape.channels() + c];
      }
    }
    return result;
  }

  /** [C, H, W] to [H, W, C]. */
  public static double[] channelsLast(double[] chw, FeatureShape shape) {
    double[] result = new double[shape.size()];
    for (int p = 0; p < shape.positions(); p++) {
      for (int c = 0; c < shape.channels(); c++) {
        result[p * shape.channels() + c] = chw[c * shape.positions() + p];
      }
    }
    return result;
  }
}
