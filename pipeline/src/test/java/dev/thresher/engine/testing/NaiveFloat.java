package dev.thresher.engine.testing;

import dev.thresher.network.Activation;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
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
    double[] y = new double[graph.shape(node.name()).size()];
    IntToDoubleFunction element = node.operator().accept(new Definition(graph, node, in));
    for (int i = 0; i < y.length; i++) {
      y[i] = element.applyAsDouble(i);
    }
    return y;
  }

  /** One value of the output from all inputs. */
  private record Definition(Graph graph, Node node, List<double[]> in)
      implements Operator.Visitor<IntToDoubleFunction> {
    private double[] x() {
      return in.get(0);
    }

    @Override
    public IntToDoubleFunction linear(Linear linear) {
      double[] y = new double[graph.shape(node.name()).size()];
      int each = y.length / linear.filters();
      for (int i = 0; i < y.length; i++) {
        y[i] = linear.bias().get(i / each);
      }
      terms(graph, node, (o, i, w) -> y[o] += x()[i] * linear.weights().get(w));
      return i -> y[i];
    }

    @Override
    public IntToDoubleFunction pointwise(Pointwise pointwise) {
      return pointwise.match(identity -> i -> x()[i]);
    }

    @Override
    public IntToDoubleFunction combine(Combine combine) {
      return combine.match(add -> i -> x()[i] + in.get(1)[i]);
    }

    @Override
    public IntToDoubleFunction reduce(Reduce reduce) {
      int positions = graph.shape(node.inputs().get(0)).positions();
      return reduce.match(mean -> c -> sum(x(), c * positions, positions) / positions);
    }

    /** Flatten keeps the order of [C, H, W]. */
    @Override
    public IntToDoubleFunction layout(Layout layout) {
      return layout.match(flatten -> i -> x()[i]);
    }

    @Override
    public IntToDoubleFunction normalization(BatchNormalization norm) {
      int positions = graph.shape(node.name()).positions();
      return i -> normalize(norm, i / positions, x()[i]);
    }
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
    Convolution conv = node.weighted().asConvolution(in);
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
