package dev.thresher.engine.onednn;

import dev.thresher.engine.FloatPass;
import dev.thresher.network.Graph;
import java.util.HashMap;
import java.util.Map;

/** Float forward of one network, chunk by chunk. */
final class OneDnnFloatPass implements FloatPass {
  private final Graph graph;
  private final int batch;
  private final FloatForward forward;
  private final Map<Integer, float[]> copies = new HashMap<>();
  private FloatForward watched;

  OneDnnFloatPass(Graph graph, int batch) {
    graph.requireFolded("run");
    this.graph = graph;
    this.batch = batch;
    this.forward = FloatForward.fused(graph, Chunks.whole(graph, batch).get(0).images());
  }

  @Override
  public void logits(float[] images, int count, float[] logits) {
    Chunks.check(graph, count, batch, images, logits);
    for (int first = 0; first < count; first += forward.chunk()) {
      forward.run(images, first, count, (tensor, values) -> {});
      forward.readLogits(first, count, logits);
    }
  }

  @Override
  public void observe(float[] images, int count, Observer observer) {
    Chunks.check(graph, count, batch, images);
    if (watched == null) {
      watched = FloatForward.watched(graph, 1);
    }
    for (int image = 0; image < count; image++) {
      int index = image;
      watched.run(
          images,
          image,
          count,
          (tensor, values) -> {
            float[] copy = copies.computeIfAbsent(graph.shape(tensor).size(), float[]::new);
            values.asFloatBuffer().get(0, copy);
            observer.observe(index, tensor, copy);
          });
    }
  }

  @Override
  public long bytes() {
    long heap = copies.keySet().stream().mapToLong(size -> (long) Float.BYTES * size).sum();
    return forward.bytes() + heap + (watched == null ? 0 : watched.bytes());
  }

  @Override
  public void close() {
    forward.close();
    if (watched != null) {
      watched.close();
    }
  }
}
