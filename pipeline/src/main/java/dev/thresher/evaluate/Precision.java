package dev.thresher.evaluate;

/** How a layer is computed where layers are computed differently. */
enum Precision {
  /** Weights, bias and output as they are. */
  FLOAT,
  /** Weights, bias and output on their grids. */
  QUANTIZED
}
