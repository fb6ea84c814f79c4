package dev.thresher.engine.testing;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.quantize.Quantizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The integer network straight from {@link IntegerNetwork}'s definition, on [C, H, W]. */
public final class NaiveInteger {
  /**
   * One tensor of one image, [C, H, W].
   *
   * @param steps real value in steps, before activation, rounding and clipping
   * @param codes stored integers
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Quantized(float[] steps, int[] codes) {}

  private final IntegerNetwork network;
  private final Map<String, Quantized> tensors = new LinkedHashMap<>();

  private NaiveInteger(IntegerNetwork network) {
    this.network = network;
  }

  /** Every tensor of one image, [H, W, C], in the order of execution. */
  public static Map<String, Quantized> run(IntegerNetwork network, float[] imageHwc) {
    NaiveInteger run = new NaiveInteger(network);
    Graph graph = network.graph();
    Quantizer grid = network.quantizer(graph.input());
    double[] input = NaiveFloat.channelsFirst(imageHwc, graph.inputShape());
    float[] steps = new float[input.length];
    int[] codes = new int[input.length];
    for (int i = 0; i < input.length; i++) {
      steps[i] = (float) input[i] / grid.scale();
      codes[i] = grid.quantize((float) input[i]);
    }
    run.tensors.put(graph.input(), new Quantized(steps, codes));
    for (Node node : graph.nodes()) {
      run.tensors.put(node.name(), run.node(node));
    }
    return run.tensors;
  }

  /** Dequantized logits of one image. */
  public static float[] logits(IntegerNetwork network, float[] imageHwc) {
    String output = network.graph().output();
    int[] codes = run(network, imageHwc).get(output).codes();
    float[] logits = new float[codes.length];
    for (int i = 0; i < codes.length; i++) {
      logits[i] = network.quantizer(output).dequantize(codes[i]);
    }
    return logits;
  }

  private Quantized node(Node node) {
    if (node.operator().keepsGrid()) {
      Quantized x = tensors.get(node.inputs().get(0));
      return new Quantized(x.steps(), clip(node, x.codes()));
    }
    float[] steps = node.operator().accept(new Definition(node));
    Quantizer grid = network.quantizer(node.name());
    int[] codes = new int[steps.length];
    for (int i = 0; i < steps.length; i++) {
      double rounded = Math.rint((double) steps[i]) + grid.zeroPoint();
      codes[i] = (int) Math.min(Math.max(rounded, network.lower(node)), network.upper(node));
    }
    return new Quantized(steps, codes);
  }

  /** The output in steps. */
  private final class Definition implements Operator.FoldedVisitor<float[]> {
    private final Node node;
    private final float[] steps;

    Definition(Node node) {
      this.node = node;
      this.steps = new float[network.graph().shape(node.name()).size()];
    }

    @Override
    public float[] linear(Linear linear) {
      weighted(node, linear, steps);
      return steps;
    }

    @Override
    public float[] pointwise(Pointwise pointwise) {
      for (int i = 0; i < steps.length; i++) {
        steps[i] = centred(node, 0, i) * ratio(node, 0, 1);
      }
      return pointwise.match(identity -> steps);
    }

    @Override
    public float[] combine(Combine combine) {
      for (int i = 0; i < steps.length; i++) {
        steps[i] =
            centred(node, 0, i) * ratio(node, 0, 1) + centred(node, 1, i) * ratio(node, 1, 1);
      }
      return combine.match(add -> steps);
    }

    @Override
    public float[] reduce(Reduce reduce) {
      pool(node, steps);
      return reduce.match(mean -> steps);
    }

    @Override
    public float[] layout(Layout layout) {
      throw new AssertionError("a layout has no steps");
    }
  }

  private int[] clip(Node node, int[] codes) {
    return Arrays.stream(codes)
        .map(code -> Math.min(Math.max(code, network.lower(node)), network.upper(node)))
        .toArray();
  }

  private void weighted(Node node, Linear weighted, float[] steps) {
    IntegerWeights weights = network.weights(node.name());
    byte[] codes = weights.codes();
    int[] bias = weights.bias();
    float[] multipliers = weights.multipliers();
    int each = steps.length / weighted.filters();
    long[] sums = new long[steps.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = bias[i / each];
    }
    NaiveFloat.terms(
        network.graph(), node, (o, i, w) -> sums[o] += (long) centred(node, 0, i) * codes[w]);
    for (int i = 0; i < sums.length; i++) {
      steps[i] = (float) Math.toIntExact(sums[i]) * multipliers[i / each];
    }
  }

  private void pool(Node node, float[] steps) {
    int positions = network.graph().shape(node.inputs().get(0)).positions();
    for (int c = 0; c < steps.length; c++) {
      int sum = 0;
      for (int p = 0; p < positions; p++) {
        sum += centred(node, 0, c * positions + p);
      }
      steps[c] = (float) sum * ratio(node, 0, positions);
    }
  }

  private int centred(Node node, int input, int index) {
    String tensor = node.inputs().get(input);
    return tensors.get(tensor).codes()[index] - network.quantizer(tensor).zeroPoint();
  }

  private float ratio(Node node, int input, int positions) {
    double from = network.quantizer(node.inputs().get(input)).scale();
    return (float) (from / ((double) network.quantizer(node.name()).scale() * positions));
  }
}
