package dev.thresher.engine.reference;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;

/** The integer forward pass, image by image. */
final class ReferenceQuantizedPass implements QuantizedPass {
  private static final IntegerRows.StepSink UNSEEN = (tensor, position, steps) -> {};

  private final RowNetwork rows;
  private final IntegerRows integers;
  private final int batch;

  ReferenceQuantizedPass(IntegerNetwork network, int batch) {
    this.batch = Batches.requirePositive(batch);
    this.rows = new RowNetwork(network.graph());
    this.integers = new IntegerRows(rows, network);
  }

  @Override
  public void logits(float[] images, int count, float[] logits) {
    Batches.check(rows.graph(), batch, images, count);
    for (int image = 0; image < count; image++) {
      integers.load(images, image, UNSEEN);
      for (Node node : rows.graph().nodes()) {
        integers.compute(node, UNSEEN);
      }
      integers.logits(logits, image);
    }
  }

  @Override
  public void observe(float[] images, int count, Observer observer) {
    Graph graph = rows.graph();
    Batches.check(graph, batch, images, count);
    for (int image = 0; image < count; image++) {
      integers.load(images, image, UNSEEN);
      show(image, graph.input(), observer);
      for (Node node : graph.nodes()) {
        integers.compute(node, UNSEEN);
        if (!node.operator().isView()) {
          show(image, node.name(), observer);
        }
      }
    }
  }

  private void show(int image, String tensor, Observer observer) {
    Quantizer grid = integers.network().quantizer(tensor);
    byte[] codes = new byte[rows.graph().shape(tensor).size()];
    int next = 0;
    for (float[] row : rows.rows(tensor)) {
      for (float value : row) {
        codes[next++] = (byte) ((int) value + grid.zeroPoint());
      }
    }
    observer.observe(image, tensor, codes, grid);
  }

  @Override
  public long bytes() {
    return rows.bytes() + integers.bytes();
  }

  @Override
  public void close() {}
}
