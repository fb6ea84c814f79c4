package dev.thresher.quantize;

/** How many thresholds a weight tensor has. */
public enum Granularity {
  /** One for the whole tensor: the paper's scalar mode. */
  PER_TENSOR,
  /** One for each output filter: the paper's vector mode. */
  PER_FILTER
}
