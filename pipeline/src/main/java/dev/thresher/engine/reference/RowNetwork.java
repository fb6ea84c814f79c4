package dev.thresher.engine.reference;

import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.tensor.FeatureShape;
import java.util.LinkedHashMap;
import java.util.List;
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
   * @param ratios one factor per input for the operators without weights that have a grid
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Coefficients(float[][] packed, float[] bias, float[] ratios) {
    static Coefficients ofRatios(List<Float> ratios) {
      float[] values = new float[ratios.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = ratios.get(i);
      }
      return new Coefficients(new float[0][], new float[0], values);
    }
  }

  private final Graph graph;
  private final Map<String, float[][]> rows = new LinkedHashMap<>();
  private final Map<String, LinearMap> maps = new LinkedHashMap<>();
  private final Map<String, Computation> computations = new LinkedHashMap<>();

  /** One node, prepared. */
  @FunctionalInterface
  private interface Computation {
    void run(Coefficients by, LinearMap.RowSink sink);
  }

  RowNetwork(Graph graph) {
    this.graph = graph;
    graph.shapes().forEach((tensor, shape) -> rows.put(tensor, newRows(shape)));
    graph.requireFolded("run");
    for (Node node : graph.nodes()) {
      computations.put(node.name(), computation(node));
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
    computations.get(node.name()).run(by, sink);
  }

  private Computation computation(Node node) {
    FeatureShape in = graph.shape(node.inputs().get(0));
    float[][] x = rows(node.inputs().get(0));
    float[][] y = rows(node.name());
    return node.operator()
        .accept(
            new Operator.FoldedVisitor<>() {
              @Override
              public Computation linear(Linear linear) {
                LinearMap map = LinearMap.of(linear, in, graph.shape(node.name()));
                maps.put(node.name(), map);
                return (by, sink) -> map.forward(x, by.packed(), by.bias(), y, sink);
              }

              @Override
              public Computation pointwise(Pointwise pointwise) {
                return pointwise.match(identity -> (by, sink) -> scale(x, by.ratios()[0], y, sink));
              }

              @Override
              public Computation combine(Combine combine) {
                float[][] second = rows(node.inputs().get(1));
                return combine.match(
                    add -> (by, sink) -> add(x, by.ratios()[0], second, by.ratios()[1], y, sink));
              }

              @Override
              public Computation reduce(Reduce reduce) {
                return reduce.match(
                    mean ->
                        (by, sink) -> {
                          pool(x, by.ratios()[0], y[0]);
                          sink.complete(0);
                        });
              }

              @Override
              public Computation layout(Layout layout) {
                return layout.match(
                    flatten ->
                        (by, sink) -> {
                          flatten(x, y[0]);
                          sink.complete(0);
                        });
              }
            });
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
