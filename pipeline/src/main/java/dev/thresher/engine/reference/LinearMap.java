package dev.thresher.engine.reference;

import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Taps;
import dev.thresher.tensor.FeatureShape;

/**
 * The linear part of a weighted node and its two transposes, on rows: a feature map is {@code
 * float[H * W][C]}, so that every array starts at index zero (see {@link RowKernels}).
 *
 * <p>Weights are packed by the map: rows that the vectorized loops run along.
 */
sealed interface LinearMap permits DenseMap, DepthwiseMap {
  /** Called when a row of the result is complete and still in cache. */
  @FunctionalInterface
  interface RowSink {
    void complete(int position);
  }

  /** The map of a weighted operator on inputs of a shape. */
  static LinearMap of(Linear operator, FeatureShape in, FeatureShape out) {
    Convolution conv = operator.asConvolution(in);
    Taps taps = Taps.of(conv, in, out);
    return conv.isDepthwise() ? new DepthwiseMap(taps, conv.filters()) : new DenseMap(taps, conv);
  }

  /** Packs weights, [O, I / groups, kH, kW] row-major, for {@link #forward}. */
  float[][] pack(float[] weights);

  /** The inverse of {@link #pack}. */
  float[] unpack(float[][] packed);

  /** Packs weights, [O, I / groups, kH, kW] row-major, for {@link #backwardData}. */
  float[][] packTransposed(float[] weights);

  /** {@code y = bias + W x}; every row of {@code y} is overwritten, then shown to the sink. */
  void forward(float[][] x, float[][] packed, float[] bias, float[][] y, RowSink sink);

  /** {@code gx += W^T g}. */
  void backwardData(float[][] g, float[][] transposed, float[][] gx);

  /** {@code gw += g x^T}, {@code gw} packed as by {@link #pack}. */
  void backwardWeights(float[][] x, float[][] g, float[][] gw);

  /** {@code sum over the filters' weights of a b}, per filter, both packed as by {@link #pack}. */
  float[] sumsOfProducts(float[][] a, float[][] b);

  /** One filter's sum at one position in double, {@code filter} as {@link #filterRow} gives it. */
  double exact(float[][] x, int position, int filter, float[] filterRow);

  /** One filter's weights in the order that {@link #exact} reads them. */
  float[] filterRow(float[] weights, int filter);

  /** Bytes of tables and scratch. */
  long bytes();
}
