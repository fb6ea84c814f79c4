package dev.thresher.finetune;

import java.io.Serializable;

/** Prepared pixels to the real values that a network reads; travels to executors. */
@FunctionalInterface
public interface PixelNormalizer extends Serializable {
  /**
   * Writes an image.
   *
   * @param rgb [H, W, 3], 8-bit
   * @param out receives [H, W, 3] real values, channels in the network's order
   * @param offset where the first value goes
   */
  void write(byte[] rgb, float[] out, int offset);
}
