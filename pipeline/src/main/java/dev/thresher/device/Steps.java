package dev.thresher.device;

import dev.thresher.engine.IntegerWeights;
import dev.thresher.export.tflite.Fused;
import dev.thresher.export.tflite.Int8Network;
import dev.thresher.export.tflite.Int8Node;
import dev.thresher.export.tflite.Int8Operator;
import dev.thresher.export.tflite.Int8Tensor;
import dev.thresher.export.tflite.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Prepares the operators of a network and holds its activations. */
final class Steps {
  private final Int8Network network;
  private final Map<String, int[][]> rows = new HashMap<>();
  private final List<Step> steps = new ArrayList<>();

  Steps(Int8Network network) {
    this.network = network;
    network.tensors().values().forEach(tensor -> rows.put(tensor.name(), allocate(tensor)));
    network.nodes().forEach(node -> steps.add(step(node)));
  }

  private static int[][] allocate(Int8Tensor tensor) {
    return new int[tensor.shape().positions()][tensor.shape().channels()];
  }

  List<Step> steps() {
    return steps;
  }

  int[][] rows(Int8Tensor tensor) {
    return rows.get(tensor.name());
  }

  private Step step(Int8Node node) {
    return node.operator().accept(new Preparation(node));
  }

  /** Makes the step of one node. */
  private final class Preparation implements Int8Operator.Visitor<Step> {
    private final Int8Node node;
    private final Int8Tensor in;
    private final Int8Tensor out;
    private final int[][] x;
    private final int[][] y;

    Preparation(Int8Node node) {
      this.node = node;
      this.in = network.tensors().get(node.inputs().get(0));
      this.out = network.tensors().get(node.output());
      this.x = rows(in);
      this.y = rows(out);
    }

    @Override
    public Step convolution(Int8Operator.Convolution convolution) {
      IntegerWeights weights = convolution.weights();
      Taps taps = taps(weights, convolution.kernel());
      int groups = convolution.groups();
      return new DenseStep(weights, groups, taps, requantization(convolution), x, y);
    }

    @Override
    public Step depthwise(Int8Operator.DepthwiseConvolution depthwise) {
      IntegerWeights weights = depthwise.weights();
      Taps taps = taps(weights, depthwise.kernel());
      return new DepthwiseStep(weights, taps, requantization(depthwise), x, y);
    }

    private Taps taps(IntegerWeights weights, Kernel kernel) {
      int[] shape = weights.shape();
      return new Taps(kernel, shape[2], shape[3], in.shape(), out.shape());
    }

    private Requantization requantization(Int8Operator.Weighted weighted) {
      Fused fused = weighted.fused();
      FixedPoint[] multipliers = multipliers(weighted.weights(), in, out);
      return new Requantization(multipliers, out, fused.lower(out), fused.upper(out));
    }

    @Override
    public Step add(Int8Operator.Add add) {
      Int8Tensor second = network.tensors().get(node.inputs().get(1));
      return new AddStep(in, x, second, rows(second), out, y, add.fused());
    }

    @Override
    public Step mean(Int8Operator.Mean mean) {
      return new MeanStep(in, x, out, y);
    }

    @Override
    public Step requantize(Int8Operator.Requantize requantize) {
      FixedPoint multiplier = FixedPoint.of(in.scale() / (double) out.scale());
      return each(x, y, value -> Codes.clamp(multiplier.times(value), out));
    }

    @Override
    public Step maximum(Int8Operator.Maximum maximum) {
      return each(x, y, value -> Math.max(value, maximum.code() - out.zeroPoint()));
    }

    @Override
    public Step minimum(Int8Operator.Minimum minimum) {
      return each(x, y, value -> Math.min(value, minimum.code() - out.zeroPoint()));
    }

    @Override
    public Step pad(Int8Operator.Pad pad) {
      return () -> Steps.this.pad(pad, in, out);
    }

    @Override
    public Step channelsFirst(Int8Operator.ChannelsFirst channelsFirst) {
      return () -> Steps.this.channelsFirst(in, out);
    }

    @Override
    public Step reshape(Int8Operator.Reshape reshape) {
      return () -> Steps.reshape(x, y);
    }
  }

  private static FixedPoint[] multipliers(IntegerWeights weights, Int8Tensor in, Int8Tensor out) {
    float[] scales = weights.scales();
    FixedPoint[] multipliers = new FixedPoint[scales.length];
    for (int k = 0; k < scales.length; k++) {
      multipliers[k] = FixedPoint.of((double) in.scale() * scales[k] / out.scale());
    }
    return multipliers;
  }

  private static Step each(int[][] x, int[][] y, IntUnaryOperator operator) {
    return () -> {
      for (int p = 0; p < y.length; p++) {
        for (int c = 0; c < y[p].length; c++) {
          y[p][c] = operator.applyAsInt(x[p][c]);
        }
      }
    };
  }

  /** What lies around the map was zero when it was allocated and is never written. */
  private void pad(Int8Operator.Pad pad, Int8Tensor in, Int8Tensor out) {
    int[][] x = rows(in);
    int[][] y = rows(out);
    for (int p = 0; p < x.length; p++) {
      int row = p / in.shape().width() + pad.top();
      int column = p % in.shape().width() + pad.left();
      System.arraycopy(x[p], 0, y[row * out.shape().width() + column], 0, x[p].length);
    }
  }

  private void channelsFirst(Int8Tensor in, Int8Tensor out) {
    int[][] x = rows(in);
    int[][] y = rows(out);
    int columns = out.shape().channels();
    for (int p = 0; p < x.length; p++) {
      for (int c = 0; c < x[p].length; c++) {
        y[c * in.shape().height() + p / columns][p % columns] = x[p][c];
      }
    }
  }

  private static void reshape(int[][] x, int[][] y) {
    int from = x[0].length;
    int to = y[0].length;
    for (int i = 0; i < x.length * from; i++) {
      y[i / to][i % to] = x[i / from][i % from];
    }
  }
}
