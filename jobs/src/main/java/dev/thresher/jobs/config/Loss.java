package dev.thresher.jobs.config;

/** Distance between the logits of the float and of the quantized network. */
public enum Loss {
  /** Root of the mean squared difference. */
  RMSE,
  /** Mean over the batch of sum sqrt(d^2 + 1e-5). */
  SMOOTH_L1
}
