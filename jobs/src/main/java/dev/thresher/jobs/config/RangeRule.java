package dev.thresher.jobs.config;

/** How an activation's initial range follows from what was measured. */
enum RangeRule {
  /** From the smallest to the largest value. */
  MIN_MAX,
  /** What leaves out a given part of the values. */
  PERCENTILE,
  /** What makes the squared quantization error least. */
  MSE
}
