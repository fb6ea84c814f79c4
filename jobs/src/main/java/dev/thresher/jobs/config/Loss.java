package dev.thresher.jobs.config;

import dev.thresher.finetune.Distillation;

/** Distance between the logits of the float and of the quantized network. */
public enum Loss {
  /** Root of the mean squared difference. */
  RMSE(Distillation.ROOT_MEAN_SQUARE),
  /** Mean over the batch of sum sqrt(d^2 + 1e-5). */
  SMOOTH_L1(Distillation.SMOOTH_L1);

  private final Distillation distillation;

  Loss(Distillation distillation) {
    this.distillation = distillation;
  }

  /** The loss that training computes. */
  public Distillation distillation() {
    return distillation;
  }
}
