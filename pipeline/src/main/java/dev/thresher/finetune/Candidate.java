package dev.thresher.finetune;

import dev.thresher.engine.Rounding;
import java.io.Serializable;

/**
 * A quantization of the network that is trained. Immutable; the scales are copied.
 *
 * @param scales trained vector in the order of the layout
 * @param rounding how weights become integers with these scales
 */
@SuppressWarnings("ArrayRecordComponent")
public record Candidate(float[] scales, Rounding rounding) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies the scales. */
  public Candidate {
    scales = scales.clone();
  }

  /** Scales with which every weight becomes its nearest integer. */
  public static Candidate nearest(float[] scales) {
    return new Candidate(scales, Rounding.NEAREST);
  }

  @Override
  public float[] scales() {
    return scales.clone();
  }
}
