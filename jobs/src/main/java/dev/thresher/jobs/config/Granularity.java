package dev.thresher.jobs.config;

/** How many thresholds the weights of a layer have. */
public enum Granularity {
  /** One per output filter. */
  PER_FILTER,
  /** One per weight tensor. */
  PER_TENSOR
}
