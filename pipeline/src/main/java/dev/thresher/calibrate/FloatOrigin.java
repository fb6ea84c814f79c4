package dev.thresher.calibrate;

import dev.thresher.network.Graph;
import java.util.Arrays;
import java.util.Map;

/**
 * The float network that a network to be quantized was made from, and what rescaling multiplied its
 * channels by: where clamps allow, channel k of the one is {@code factors[k]} times that of the
 * other.
 *
 * @param graph the float network, with the same tensors
 * @param factors by tensor, one for each channel, above 0; all ones for a tensor that is missing
 */
public record FloatOrigin(Graph graph, Map<String, double[]> factors) {
  /** Copies the map. */
  public FloatOrigin {
    factors = Map.copyOf(factors);
  }

  /** A network that was not rescaled. */
  public static FloatOrigin unscaled(Graph graph) {
    return new FloatOrigin(graph, Map.of());
  }

  /** The factors of a tensor's channels; a copy. */
  public double[] factors(String tensor) {
    double[] known = factors.get(tensor);
    if (known != null) {
      return known.clone();
    }
    double[] ones = new double[graph.shape(tensor).channels()];
    Arrays.fill(ones, 1);
    return ones;
  }
}
