package dev.thresher.calibrate;

import dev.thresher.engine.FloatPass;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Statistics of every activation tensor of a network: an accumulator over images that executors
 * fill apart and the driver merges. Merging is associative and commutative.
 */
public final class CalibrationStatistics implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, TensorStatistics> tensors = new LinkedHashMap<>();
  private long images;

  /** Nothing seen yet. */
  public CalibrationStatistics(Graph graph) {
    for (String tensor : ScaleLayout.quantizedTensors(graph)) {
      tensors.put(tensor, new TensorStatistics(graph.shape(tensor).channels()));
    }
  }

  private CalibrationStatistics(CalibrationStatistics other) {
    other.tensors.forEach((name, statistics) -> tensors.put(name, statistics.copy()));
    images = other.images;
  }

  /**
   * Adds images.
   *
   * @param graph the network that {@code pass} runs
   * @param pass float forward pass
   * @param batch normalised images, [count, H, W, C]
   * @param count images in {@code batch}
   * @throws IllegalArgumentException naming the tensor where the network gives NaN
   */
  public void add(Graph graph, FloatPass pass, float[] batch, int count) {
    Map<String, Activation> activations = new LinkedHashMap<>();
    graph.nodes().forEach(node -> activations.put(node.name(), node.activation()));
    pass.observe(
        batch,
        count,
        (image, tensor, values) -> {
          try {
            tensors.get(tensor).add(values, activations.getOrDefault(tensor, Activation.NONE));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "Cannot calibrate " + tensor + ": " + e.getMessage() + "; repair the model.", e);
          }
        });
    images += count;
  }

  /** Joins statistics of other images. */
  public void merge(CalibrationStatistics other) {
    other.tensors.forEach((name, statistics) -> tensors.get(name).merge(statistics));
    images += other.images;
  }

  /** An independent copy. */
  public CalibrationStatistics snapshot() {
    return new CalibrationStatistics(this);
  }

  /** Images seen. */
  public long images() {
    return images;
  }

  /** Statistics of a tensor. */
  public TensorStatistics tensor(String name) {
    return tensors.get(name);
  }

  /** The tensors, input first. */
  public Iterable<String> tensors() {
    return tensors.keySet();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CalibrationStatistics statistics
        && images == statistics.images
        && tensors.equals(statistics.tensors);
  }

  @Override
  public int hashCode() {
    return tensors.hashCode();
  }
}
