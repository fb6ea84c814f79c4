package dev.thresher.rescale;

/** What becomes of channels that reach the upper bound of their clamp, such as ReLU6. */
public enum ClampRule {
  /** They keep their scale: what the network computes on the calibration images stays the same. */
  KEEP,
  /**
   * They may be scaled as well, and the layers that read them are fitted to what the clamp makes of
   * it, where rounding gets better by more than that costs; see {@link ClampFit}.
   */
  FIT,
  /** {@link #FIT} where that promises a much smaller error of the logits, else {@link #KEEP}. */
  AUTO
}
