package dev.thresher.engine.reference;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.BatchNormalization;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.PassThrough;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.tensor.FeatureShape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The buffers of one image, a {@code float[H * W][C]} for every tensor, and each operator without
 * its activation: what the float pass and the integer passes have in common.
 */
final class RowNetwork {
  /**
   * What a node multiplies by.
   *
   * @param packed weights as the node's {@link LinearMap} packs them; empty without weights
   * @param bias per filter; empty without weights
   * @param ratios one factor per input for the operators without weights
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Coefficients(float[][] packed, float[] bias, float[] ratios) {
    static Coefficients ofRatios(float... ratios) {
      return new Coefficients(new float[0][], new float[0], ratios);
    }
  }

  private final Graph graph;
  private final Map<String, float[][]> rows = new LinkedHashMap<>();
  private final Map<String, LinearMap> maps = new LinkedHashMap<>();

  RowNetwork(Graph graph) {
    this.graph = graph;
    graph.shapes().forEach((tensor, shape) -> rows.put(tensor, newRows(shape)));
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof BatchNormalization) {
        throw new IllegalArgumentException(
            "Cannot run " + node.name() + ": fold the batch normalization first.");
      }
      if (node.operator() instanceof Weighted weighted) {
        FeatureShape in = graph.shape(node.inputs().get(0));
        maps.put(node.name(), LinearMap.of(weighted, in, graph.shape(node.name())));
      }
    }
  }

  static float[][] newRows(FeatureShape shape) {
    return new float[shape.positions()][shape.channels()];
  }

  Graph graph() {
    return graph;
  }

  /** The rows of a tensor. */
  float[][] rows(String tensor) {
    return rows.get(tensor);
  }

  /** The linear map of a weighted node. */
  LinearMap map(Node node) {
    return maps.get(node.name());
  }

  /** Copies image {@code index} of [count, H, W, C] into the input's rows. */
  void load(float[] images, int index) {
    float[][] input = rows(graph.input());
    int from = index * graph.inputShape().size();
    for (float[] row : input) {
      System.arraycopy(images, from, row, 0, row.length);
      from += row.length;
    }
  }

  /** Copies the rows of a tensor to {@code target}, [H, W, C]. */
  void copyTo(String tensor, float[] target, int offset) {
    int to = offset;
    for (float[] row : rows(tensor)) {
      System.arraycopy(row, 0, target, to, row.length);
      to += row.length;
    }
  }

  /** Computes a node without its activation; the sink sees every row of its output. */
  void compute(Node node, Coefficients by, LinearMap.RowSink sink) {
    float[][] x = rows(node.inputs().get(0));
    float[][] y = rows(node.name());
    if (node.operator() instanceof Weighted) {
      map(node).forward(x, by.packed(), by.bias(), y, sink);
    } else if (node.operator() instanceof Add) {
      add(x, by.ratios()[0], rows(node.inputs().get(1)), by.ratios()[1], y, sink);
    } else if (node.operator() instanceof GlobalAveragePool) {
      pool(x, by.ratios()[0], y[0]);
      sink.complete(0);
    } else if (node.operator() instanceof PassThrough) {
      scale(x, by.ratios()[0], y, sink);
    } else if (node.operator() instanceof Flatten) {
      flatten(x, y[0]);
      sink.complete(0);
    } else {
      throw new AssertionError(node.operator());
    }
  }

  private static void add(
      float[][] a, float aRatio, float[][] b, float bRatio, float[][] y, LinearMap.RowSink sink) {
    for (int p = 0; p < y.length; p++) {
      RowKernels.weightedSum(a[p], aRatio, b[p], bRatio, y[p]);
      sink.complete(p);
    }
  }

  private static void pool(float[][] x, float ratio, float[] y) {
    double[] sums = new double[y.length];
    for (float[] row : x) {
      for (int c = 0; c < row.length; c++) {
        sums[c] += row[c];
      }
    }
    for (int c = 0; c < y.length; c++) {
      y[c] = (float) sums[c] * ratio;
    }
  }

  private static void scale(float[][] x, float ratio, float[][] y, LinearMap.RowSink sink) {
    for (int p = 0; p < y.length; p++) {
      for (int c = 0; c < y[p].length; c++) {
        y[p][c] = x[p][c] * ratio;
      }
      sink.complete(p);
    }
  }

  /** Channel-first order, as ONNX defines it. */
  private static void flatten(float[][] x, float[] y) {
    for (int p = 0; p < x.length; p++) {
      for (int c = 0; c < x[p].length; c++) {
        y[c * x.length + p] = x[p][c];
      }
    }
  }

  /** Bytes of the rows and of the maps. */
  long bytes() {
    long bytes = 0;
    for (float[][] tensor : rows.values()) {
      bytes += bytes(tensor);
    }
    for (LinearMap map : maps.values()) {
      bytes += map.bytes();
    }
    return bytes;
  }

  /** Bytes of rows with their array headers and references (16 and 4 bytes on usual JVMs). */
  static long bytes(float[][] rows) {
    return rows.length == 0 ? 0 : 16 + rows.length * (20L + 4L * rows[0].length);
  }
}
