package dev.thresher.evaluate;

import dev.thresher.engine.FloatPass;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far every activation of a quantized network is from the float network's, error of all layers
 * before it included. Holds the float activations of one image at a time. Not thread-safe.
 */
public final class ActivationErrors {
  private final Graph graph;
  private final Map<String, SignalToNoise> sums = new LinkedHashMap<>();

  /** For networks with the tensors of this graph. */
  public ActivationErrors(Graph graph) {
    this.graph = graph;
  }

  /**
   * Adds one image.
   *
   * @param floats pass over the graph
   * @param quantized pass over the same graph's integers
   * @param image normalised, [H, W, C]
   */
  public void add(FloatPass floats, QuantizedPass quantized, float[] image) {
    Map<String, float[]> values = new HashMap<>();
    floats.observe(image, 1, (index, tensor, before) -> values.put(tensor, after(tensor, before)));
    quantized.observe(
        image,
        1,
        (index, tensor, codes, grid) -> {
          float[] wanted = values.remove(tensor);
          double signal = 0;
          double noise = 0;
          for (int i = 0; i < wanted.length; i++) {
            double error = (double) wanted[i] - grid.dequantize(codes[i] & 0xff);
            signal += (double) wanted[i] * wanted[i];
            noise += error * error;
          }
          merge(Map.of(tensor, new SignalToNoise(signal, noise)));
        });
  }

  /** The pass reuses its buffers, and shows what comes before the activation. */
  private float[] after(String tensor, float[] before) {
    int size = graph.shape(tensor).size();
    Activation activation =
        tensor.equals(graph.input()) ? Activation.NONE : graph.node(tensor).activation();
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = activation.apply(before[i]);
    }
    return values;
  }

  /** Adds what was seen elsewhere after this. */
  public void merge(Map<String, SignalToNoise> later) {
    later.forEach((tensor, more) -> sums.merge(tensor, more, SignalToNoise::plus));
  }

  /** What was seen so far, by tensor. */
  public Map<String, SignalToNoise> snapshot() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(sums));
  }
}
