package dev.thresher.finetune.rounding;

import dev.thresher.network.Linear;
import java.io.Serializable;
import java.util.Arrays;

/**
 * What the integers of one layer are chosen by: sums over images and positions of its inputs x, as
 * the quantized network before it gives them, of the outputs y that are wanted, and of their
 * products. All are integers, x in steps of the input's grid from its zero point, y in steps of
 * {@link #FRACTION} of the output's, so the sums are exact in double (below 2^53) and do not depend
 * on the order in which they were made, nor on how images were split.
 */
public final class LayerSums implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Steps of y in a step of the output's grid. */
  static final int FRACTION = 256;

  /**
   * Layers whose filters have more weights are left alone: products are their square. The widest of
   * the paper's networks, MobileNet-v2 1.4, has 1,792.
   */
  static final int MOST_WEIGHTS = 2048;

  private final int filterSize;
  private final double[][] products;
  private final double[][] inputs;
  private final double[] cross;
  private final double[] outputs;
  private final long[] squares;
  private long positions;
  private int images;

  /** Of a layer, of no position yet. */
  LayerSums(Linear layer) {
    filterSize = layer.filterSize();
    products = new double[layer.groups()][filterSize * filterSize];
    inputs = new double[layer.groups()][filterSize];
    cross = new double[layer.filters() * filterSize];
    outputs = new double[layer.filters()];
    squares = new long[layer.filters()];
  }

  private LayerSums(LayerSums other) {
    filterSize = other.filterSize;
    products = copy(other.products);
    inputs = copy(other.inputs);
    cross = other.cross.clone();
    outputs = other.outputs.clone();
    squares = other.squares.clone();
    positions = other.positions;
    images = other.images;
  }

  private static double[][] copy(double[][] rows) {
    return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
  }

  /** Whether the layer is small enough to be measured. */
  public static boolean fits(Linear layer) {
    return layer.filterSize() <= MOST_WEIGHTS;
  }

  /** The sums of both; neither is changed. */
  public LayerSums plus(LayerSums other) {
    LayerSums sum = new LayerSums(this);
    for (int group = 0; group < products.length; group++) {
      add(other.products[group], sum.products[group]);
      add(other.inputs[group], sum.inputs[group]);
    }
    add(other.cross, sum.cross);
    add(other.outputs, sum.outputs);
    Arrays.setAll(sum.squares, k -> squares[k] + other.squares[k]);
    sum.positions += other.positions;
    sum.images += other.images;
    return sum;
  }

  /** Adds values to those that a target begins with. */
  static void add(double[] values, double[] target) {
    for (int i = 0; i < values.length; i++) {
      target[i] += values[i];
    }
  }

  /** Sums of x_i x_j of a group, [filterSize, filterSize]; not a copy. */
  double[] products(int group) {
    return products[group];
  }

  /** Sums of x of a group, [filterSize]; not a copy. */
  double[] inputs(int group) {
    return inputs[group];
  }

  /** Sums of y_k x_i, [filters, filterSize]; not a copy. */
  double[] cross() {
    return cross;
  }

  /** Sums of y, [filters]; not a copy. */
  double[] outputs() {
    return outputs;
  }

  /** Sums of y^2, [filters]; not a copy. */
  long[] squares() {
    return squares;
  }

  /** Images summed. */
  int images() {
    return images;
  }

  /** Positions summed. */
  long positions() {
    return positions;
  }

  void count(int someImages, int somePositions) {
    images += someImages;
    positions += somePositions;
  }
}
