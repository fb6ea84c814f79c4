package dev.thresher.quantize;

/** Where an activation's integer range lies; weights are symmetric in both schemes. */
public enum Scheme {
  /** Around zero, or from zero where the tensor is never negative. */
  SYMMETRIC,
  /** Between two thresholds, with an integer zero point. */
  ASYMMETRIC
}
