package dev.thresher.engine.testing;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.testing.NaiveInteger.Quantized;
import dev.thresher.network.Activation;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.StraightThroughSums;
import dev.thresher.quantize.WeightThreshold;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** The straight-through gradient in double, element by element, on [C, H, W]. */
public final class NaiveBackward {
  private final ThresholdedNetwork network;
  private final IntegerNetwork integers;
  private final Graph graph;
  private final Map<String, double[]> weightGradients = new HashMap<>();
  private final Map<String, double[]> outputGradients = new HashMap<>(); // by filter
  private final Map<String, double[]> sums = new HashMap<>(); // rounding, high, low

  private NaiveBackward(ThresholdedNetwork network, float[] scales) {
    this.network = network;
    this.integers = IntegerNetwork.of(network, scales);
    this.graph = network.graph();
    for (Block block : network.layout().weights()) {
      int size = ((Linear) graph.node(block.name()).operator()).weights().size();
      weightGradients.put(block.name(), new double[size]);
      outputGradients.put(
          block.name(), new double[((Linear) graph.node(block.name()).operator()).filters()]);
    }
    for (Block block : network.layout().activations()) {
      sums.put(block.name(), new double[3]);
    }
  }

  /**
   * The gradient of every scale.
   *
   * @param images each [H, W, C]
   * @param logitGradients for each image, [classes]
   */
  public static float[] gradient(
      ThresholdedNetwork network,
      float[] scales,
      List<float[]> images,
      List<float[]> logitGradients) {
    NaiveBackward run = new NaiveBackward(network, scales);
    for (int i = 0; i < images.size(); i++) {
      run.image(images.get(i), logitGradients.get(i));
    }
    return run.gradient(scales);
  }

  private void image(float[] image, float[] logitGradient) {
    Map<String, Quantized> tensors = NaiveInteger.run(integers, image);
    Map<String, double[]> gradients = new HashMap<>();
    graph.shapes().forEach((name, shape) -> gradients.put(name, new double[shape.size()]));
    for (int i = 0; i < logitGradient.length; i++) {
      gradients.get(graph.output())[i] = logitGradient[i];
    }
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (!node.operator().keepsGrid()) {
        straightThrough(
            node.name(), node.activation(), tensors.get(node.name()), gradients.get(node.name()));
      }
      transpose(node, tensors, gradients);
    }
    String input = graph.input();
    straightThrough(input, Activation.NONE, tensors.get(input), gradients.get(input));
  }

  /** Adds to the sums, and zeroes what does not pass. */
  private void straightThrough(String tensor, Activation activation, Quantized values, double[] g) {
    Quantizer grid = integers.quantizer(tensor);
    double[] sum = sums.get(tensor);
    for (int i = 0; i < g.length; i++) {
      double v = values.steps()[i];
      double lower = (float) ((double) activation.lower() / grid.scale());
      double upper = (float) ((double) activation.upper() / grid.scale());
      double a = Math.min(Math.max(v, lower), upper);
      double code = Math.rint(a) + grid.zeroPoint();
      if (code > grid.qmax()) {
        sum[1] += g[i];
        g[i] = 0;
      } else if (code < grid.qmin()) {
        sum[2] += g[i];
        g[i] = 0;
      } else if (v < lower || v > upper) {
        g[i] = 0;
      } else {
        sum[0] += g[i] * (code - grid.zeroPoint() - a);
      }
    }
  }

  private void transpose(
      Node node, Map<String, Quantized> tensors, Map<String, double[]> gradients) {
    double[] g = gradients.get(node.name());
    double[] gx = gradients.get(node.inputs().get(0));
    Quantized x = tensors.get(node.inputs().get(0));
    int positions = gx.length / g.length;
    node.operator()
        .accept(
            new Operator.FoldedVisitor<Runnable>() {
              @Override
              public Runnable linear(Linear linear) {
                return () -> weighted(node, x, g, gx);
              }

              @Override
              public Runnable pointwise(Pointwise pointwise) {
                return pointwise.match(identity -> () -> add(gx, i -> g[i]));
              }

              @Override
              public Runnable combine(Combine combine) {
                return combine.match(
                    add -> () -> node.inputs().forEach(in -> add(gradients.get(in), i -> g[i])));
              }

              @Override
              public Runnable reduce(Reduce reduce) {
                return reduce.match(mean -> () -> add(gx, i -> g[i / positions] / positions));
              }

              @Override
              public Runnable layout(Layout layout) {
                int[] codes = tensors.get(node.name()).codes();
                return layout.match(
                    flatten -> () -> add(gx, i -> x.codes()[i] == codes[i] ? g[i] : 0));
              }
            })
        .run();
  }

  private static void add(double[] target, IntToDoubleFunction gradient) {
    for (int i = 0; i < target.length; i++) {
      target[i] += gradient.applyAsDouble(i);
    }
  }

  private void weighted(Node node, Quantized x, double[] g, double[] gx) {
    IntegerWeights weights = integers.weights(node.name());
    Quantizer grid = integers.quantizer(node.inputs().get(0));
    double[] gw = weightGradients.get(node.name());
    byte[] codes = weights.codes();
    float[] scales = weights.scales();
    int each = gw.length / scales.length;
    double[] bias = outputGradients.get(node.name());
    for (int o = 0; o < g.length; o++) {
      bias[o / (g.length / bias.length)] += g[o];
    }
    NaiveFloat.terms(
        graph,
        node,
        (o, i, w) -> {
          double scale = scales[w / each];
          gx[i] += g[o] * codes[w] * scale;
          gw[w] += g[o] * (x.codes()[i] - grid.zeroPoint()) * (double) grid.scale();
        });
  }

  private float[] gradient(float[] scales) {
    float[] result = new float[scales.length];
    for (Block block : network.layout().weights()) {
      Linear weighted = (Linear) graph.node(block.name()).operator();
      float[] used = integers.weights(block.name()).scales();
      double[] gw = weightGradients.get(block.name());
      int each = gw.length / block.count();
      for (int k = 0; k < block.count(); k++) {
        float alpha = scales[block.offset() + k];
        WeightThreshold threshold = network.weightThreshold(block.name(), k);
        float scale = used[k * used.length / block.count()];
        double sum = 0;
        for (int i = k * each; i < (k + 1) * each; i++) {
          float w = weighted.weights().get(i) * multiplier(block.name(), i, scales);
          double derivative = WeightThreshold.derivative(w, scale, network.spec().weightMax());
          sum += (gw[i] - correction(block.name(), i, gw.length / used.length)) * derivative;
        }
        boolean widened = scale != (float) threshold.scale(alpha);
        result[block.offset() + k] = widened ? 0 : threshold.gradient(sum, alpha);
      }
    }
    for (Block block : network.layout().multipliers()) {
      multipliers(block, scales, result);
    }
    for (Block block : network.layout().activations()) {
      double[] sum = sums.get(block.name());
      network
          .activationThreshold(block.name())
          .gradient(
              new StraightThroughSums(sum[0], sum[1], sum[2]), scales, result, block.offset());
    }
    return result;
  }

  /** Through a bias that takes up what rounding adds on average. */
  private double correction(String node, int weight, int each) {
    float[] means = network.inputMeans().get(node);
    if (means == null) {
      return 0;
    }
    double[] bias = outputGradients.get(node);
    int filter = weight / each;
    int filtersInGroup = bias.length / (means.length / each);
    return bias[filter] * means[filter / filtersInGroup * each + weight % each];
  }

  private float multiplier(String node, int weight, float[] scales) {
    return network.layout().multipliers().stream()
        .filter(block -> block.name().equals(node))
        .map(block -> scales[block.offset() + weight])
        .map(trained -> (float) Math.min(Math.max(0.5 + 0.5 * trained, 0.75), 1.25))
        .findFirst()
        .orElse(1f);
  }

  /** Each weight's own gradient times the weight, where rounding follows it. */
  private void multipliers(Block block, float[] scales, float[] result) {
    Linear weighted = (Linear) graph.node(block.name()).operator();
    float[] used = integers.weights(block.name()).scales();
    double[] gw = weightGradients.get(block.name());
    for (int i = 0; i < gw.length; i++) {
      float trained = scales[block.offset() + i];
      float w = weighted.weights().get(i);
      double code =
          Math.rint(
              (double) (w * multiplier(block.name(), i, scales))
                  / used[i / (gw.length / used.length)]);
      boolean follows =
          Math.abs(code) <= network.spec().weightMax() && trained >= 0.5f && trained <= 1.5f;
      result[block.offset() + i] = follows ? (float) (0.5 * gw[i] * w) : 0;
    }
  }
}
