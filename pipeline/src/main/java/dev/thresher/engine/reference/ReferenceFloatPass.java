package dev.thresher.engine.reference;

import dev.thresher.engine.FloatPass;
import dev.thresher.engine.reference.RowNetwork.Coefficients;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.tensor.FeatureShape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The float forward pass, image by image, in single precision. */
final class ReferenceFloatPass implements FloatPass {
  private final RowNetwork network;
  private final int batch;
  private final Map<String, Coefficients> coefficients = new LinkedHashMap<>();

  ReferenceFloatPass(Graph graph, int batch) {
    this.network = new RowNetwork(graph);
    this.batch = Batches.requirePositive(batch);
    for (Node node : graph.nodes()) {
      coefficients.put(node.name(), coefficients(node));
    }
  }

  private Coefficients coefficients(Node node) {
    return node.operator()
        .accept(
            new Operator.FoldedVisitor<>() {
              @Override
              public Coefficients linear(Linear linear) {
                float[][] packed = network.map(node).pack(linear.weights().values());
                return new Coefficients(packed, linear.bias().values(), new float[0]);
              }

              @Override
              public Coefficients pointwise(Pointwise pointwise) {
                return Coefficients.ofRatios(List.of(1f));
              }

              @Override
              public Coefficients combine(Combine combine) {
                return Coefficients.ofRatios(Collections.nCopies(combine.arity(), 1f));
              }

              @Override
              public Coefficients reduce(Reduce reduce) {
                FeatureShape in = network.graph().shape(node.inputs().get(0));
                return Coefficients.ofRatios(List.of(1f / reduce.positions(in)));
              }

              @Override
              public Coefficients layout(Layout layout) {
                return Coefficients.ofRatios(List.of());
              }
            });
  }

  @Override
  public void logits(float[] images, int count, float[] logits) {
    Batches.check(network.graph(), batch, images, count);
    int classes = network.graph().classes();
    for (int image = 0; image < count; image++) {
      network.load(images, image);
      for (Node node : network.graph().nodes()) {
        float[][] y = network.rows(node.name());
        network.compute(node, coefficients.get(node.name()), p -> activate(node, y[p]));
      }
      network.copyTo(network.graph().output(), logits, image * classes);
    }
  }

  @Override
  public void observe(float[] images, int count, Observer observer) {
    Graph graph = network.graph();
    Batches.check(graph, batch, images, count);
    for (int image = 0; image < count; image++) {
      network.load(images, image);
      show(image, graph.input(), observer);
      for (Node node : graph.nodes()) {
        network.compute(node, coefficients.get(node.name()), p -> {});
        if (!node.operator().isView()) {
          show(image, node.name(), observer);
        }
        for (float[] row : network.rows(node.name())) {
          activate(node, row);
        }
      }
    }
  }

  private void show(int image, String tensor, Observer observer) {
    float[] values = new float[network.graph().shape(tensor).size()];
    network.copyTo(tensor, values, 0);
    observer.observe(image, tensor, values);
  }

  private static void activate(Node node, float[] row) {
    if (!node.activation().isNone()) {
      RowKernels.clamp(row, node.activation().lower(), node.activation().upper());
    }
  }

  @Override
  public long bytes() {
    long bytes = network.bytes();
    for (Coefficients each : coefficients.values()) {
      bytes += RowNetwork.bytes(each.packed()) + 4L * each.bias().length;
    }
    return bytes;
  }

  @Override
  public void close() {}
}
