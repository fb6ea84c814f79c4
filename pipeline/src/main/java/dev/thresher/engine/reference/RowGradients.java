package dev.thresher.engine.reference;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The loss gradients of one image at every tensor, in real units, and the transposes of the
 * operators without weights. A tensor's rows are zero until its readers add to them.
 */
final class RowGradients {
  private final Graph graph;
  private final Map<String, float[][]> rows = new LinkedHashMap<>();

  RowGradients(Graph graph) {
    this.graph = graph;
    graph.shapes().forEach((tensor, shape) -> rows.put(tensor, RowNetwork.newRows(shape)));
  }

  float[][] of(String tensor) {
    return rows.get(tensor);
  }

  /** Starts from image {@code index} of the logits' gradients, [count, classes]. */
  void load(float[] logitGradient, int index) {
    int from = index * graph.classes();
    for (float[] row : of(graph.output())) {
      System.arraycopy(logitGradient, from, row, 0, row.length);
      from += row.length;
    }
  }

  /** Makes a tensor ready for the next image. */
  void clear(String tensor) {
    for (float[] row : of(tensor)) {
      Arrays.fill(row, 0f);
    }
  }

  /** Passes a node's gradient to its inputs as it is. */
  void pass(Node node) {
    float[][] g = of(node.name());
    node.inputs().forEach(input -> add(of(input), g));
  }

  /** Passes the gradient of a mean of all positions to every one of them. */
  void spread(Node node) {
    float[][] g = of(node.name());
    float[][] gx = of(node.inputs().get(0));
    for (float[] row : gx) {
      RowKernels.axpy(row, 1f / gx.length, g[0]);
    }
  }

  private static void add(float[][] target, float[][] g) {
    for (int p = 0; p < g.length; p++) {
      RowKernels.add(target[p], g[p]);
    }
  }

  /** Passes Flatten's gradient where its activation did not change the integer. */
  void flatten(Node node, float[][] x, float[] y) {
    float[] g = of(node.name())[0];
    float[][] gx = of(node.inputs().get(0));
    for (int p = 0; p < gx.length; p++) {
      for (int c = 0; c < gx[p].length; c++) {
        int flat = c * gx.length + p;
        gx[p][c] += x[p][c] == y[flat] ? g[flat] : 0f;
      }
    }
  }

  long bytes() {
    return rows.values().stream().mapToLong(RowNetwork::bytes).sum();
  }
}
