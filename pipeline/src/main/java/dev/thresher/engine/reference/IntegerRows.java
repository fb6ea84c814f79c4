package dev.thresher.engine.reference;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.reference.RowNetwork.Coefficients;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The integer forward pass of one image on float rows that hold integers re-centred by their zero
 * points. A float sum of integers is exact, in any order, while no partial sum passes 2^24; the
 * filters for which that cannot be promised are summed again in double, which is exact for all.
 */
final class IntegerRows {
  /** Floats hold every integer up to here. */
  private static final double EXACT = 1 << 24;

  /** Bound of an input in steps: far outside every grid, and safe to subtract from itself. */
  private static final float INPUT_LIMIT = 1e6f;

  /** Sees a row of real values in steps, before it is clipped and rounded. */
  @FunctionalInterface
  interface StepSink {
    void complete(String tensor, int position, float[] steps);
  }

  /** A filter that is summed in double. */
  @SuppressWarnings("ArrayRecordComponent")
  private record WideFilter(int filter, float[] row, double bias) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Layer(
      Node node, Coefficients coefficients, float[] multipliers, WideFilter[] wide) {}

  private final RowNetwork rows;
  private final IntegerNetwork network;
  private final Map<String, Layer> layers = new HashMap<>();

  IntegerRows(RowNetwork rows, IntegerNetwork network) {
    this.rows = rows;
    this.network = network;
    for (Node node : network.graph().nodes()) {
      layers.put(node.name(), layer(node));
    }
  }

  private Layer layer(Node node) {
    if (node.linear().isPresent()) {
      return weightedLayer(node);
    }
    Coefficients coefficients = Coefficients.ofRatios(network.ratios(node.name()));
    return new Layer(node, coefficients, new float[0], new WideFilter[0]);
  }

  private Layer weightedLayer(Node node) {
    IntegerWeights weights = network.weights(node.name());
    byte[] integers = weights.codes();
    float[] codes = new float[integers.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = integers[i];
    }
    int[] biasCodes = weights.bias();
    float[] bias = new float[biasCodes.length];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = biasCodes[k];
    }
    Coefficients coefficients = new Coefficients(rows.map(node).pack(codes), bias, new float[0]);
    return new Layer(node, coefficients, weights.multipliers(), wide(node, biasCodes, codes));
  }

  private WideFilter[] wide(Node node, int[] bias, float[] codes) {
    Quantizer grid = network.quantizer(node.inputs().get(0));
    double greatest = Math.max(grid.qmax() - grid.zeroPoint(), grid.zeroPoint() - grid.qmin());
    int each = codes.length / bias.length;
    List<WideFilter> wide = new ArrayList<>();
    for (int k = 0; k < bias.length; k++) {
      double magnitude = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        magnitude += Math.abs(codes[i]);
      }
      if (magnitude * greatest + Math.abs((double) bias[k]) > EXACT) {
        wide.add(new WideFilter(k, rows.map(node).filterRow(codes, k), bias[k]));
      }
    }
    return wide.toArray(WideFilter[]::new);
  }

  IntegerNetwork network() {
    return network;
  }

  /** Quantizes image {@code index} of [count, H, W, C]; the sink sees it in steps. */
  void load(float[] images, int index, StepSink sink) {
    rows.load(images, index);
    String input = network.graph().input();
    Quantizer grid = network.quantizer(input);
    float[][] x = rows.rows(input);
    for (int p = 0; p < x.length; p++) {
      float[] row = x[p];
      for (int c = 0; c < row.length; c++) {
        float steps = row[c] / grid.scale();
        row[c] = Float.isNaN(steps) ? 0 : Math.min(Math.max(steps, -INPUT_LIMIT), INPUT_LIMIT);
      }
      sink.complete(input, p, row);
      quantize(row, grid, grid.qmin(), grid.qmax());
    }
  }

  /**
   * Computes a node's integers; the sink sees its rows in steps, where it has a grid of its own.
   */
  void compute(Node node, StepSink sink) {
    Layer layer = layers.get(node.name());
    float[][] y = rows.rows(node.name());
    Quantizer grid = network.quantizer(node.name());
    int lower = network.lower(node);
    int upper = network.upper(node);
    rows.compute(
        node,
        layer.coefficients(),
        p -> {
          toSteps(layer, p, y[p]);
          if (!node.operator().keepsGrid()) {
            sink.complete(node.name(), p, y[p]);
          }
          quantize(y[p], grid, lower, upper);
        });
  }

  private void toSteps(Layer layer, int position, float[] row) {
    if (layer.multipliers().length == 0) {
      return;
    }
    for (WideFilter wide : layer.wide()) {
      float[][] x = rows.rows(layer.node().inputs().get(0));
      double sum = rows.map(layer.node()).exact(x, position, wide.filter(), wide.row());
      row[wide.filter()] = (float) (sum + wide.bias());
    }
    RowKernels.multiply(row, layer.multipliers());
  }

  /** Writes a tensor's integers again, from the steps that the sink saw, [H, W, C]. */
  void restore(String tensor, float[] steps) {
    Quantizer grid = network.quantizer(tensor);
    boolean input = tensor.equals(network.graph().input());
    int lower = input ? grid.qmin() : network.lower(layers.get(tensor).node());
    int upper = input ? grid.qmax() : network.upper(layers.get(tensor).node());
    int from = 0;
    for (float[] row : rows.rows(tensor)) {
      System.arraycopy(steps, from, row, 0, row.length);
      quantize(row, grid, lower, upper);
      from += row.length;
    }
  }

  private static void quantize(float[] row, Quantizer grid, int lower, int upper) {
    RowKernels.quantize(row, lower - grid.zeroPoint(), upper - grid.zeroPoint());
  }

  /** Writes the real values of the logits. */
  void logits(float[] logits, int image) {
    Graph graph = network.graph();
    float scale = network.quantizer(graph.output()).scale();
    int offset = image * graph.classes();
    rows.copyTo(graph.output(), logits, offset);
    for (int i = offset; i < offset + graph.classes(); i++) {
      logits[i] *= scale;
    }
  }

  /** Bytes of the packed weights. */
  long bytes() {
    long bytes = 0;
    for (Layer layer : layers.values()) {
      bytes += RowNetwork.bytes(layer.coefficients().packed());
      bytes += 8L * layer.multipliers().length;
      for (WideFilter wide : layer.wide()) {
        bytes += 4L * wide.row().length;
      }
    }
    return bytes;
  }
}
