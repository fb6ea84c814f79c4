package dev.thresher.engine;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How real weights become integers: each to its nearest, or some of them beside it, chosen so that
 * errors of a filter's weights cancel out, with the biases that belong to that choice. Immutable.
 */
public final class Rounding implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Every weight to its nearest integer. */
  public static final Rounding NEAREST = new Rounding(Map.of());

  /** A {@link LinkedHashMap}: in the order in which layers were fitted. */
  private final LinkedHashMap<String, Layer> layers;

  /**
   * A layer whose integers were chosen. Not copied: who makes one gives it away.
   *
   * @param moves [O, ...] as the operator's weights, what is added to the nearest integer
   * @param bias of each filter, real values; in place of the operator's
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Layer(byte[] moves, float[] bias) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Weights that are not rounded to their nearest integer. */
    public int moved() {
      int moved = 0;
      for (byte move : moves) {
        moved += move == 0 ? 0 : 1;
      }
      return moved;
    }
  }

  /**
   * A choice for some layers.
   *
   * @param layers by weighted node; the others round to nearest
   */
  public Rounding(Map<String, Layer> layers) {
    this.layers = new LinkedHashMap<>(layers);
  }

  /** The same with one more layer. */
  public Rounding with(String node, Layer layer) {
    Map<String, Layer> more = new LinkedHashMap<>(layers);
    more.put(node, layer);
    return new Rounding(more);
  }

  /** The choice for a weighted node; empty where it rounds to nearest. */
  public Optional<Layer> layer(String node) {
    return Optional.ofNullable(layers.get(node));
  }

  /** A copy of all choices, in the order in which they were made. */
  public Map<String, Layer> layers() {
    return new LinkedHashMap<>(layers);
  }
}
