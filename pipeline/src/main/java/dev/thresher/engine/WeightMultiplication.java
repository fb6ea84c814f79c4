package dev.thresher.engine;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.quantize.WeightMultipliers;
import java.util.Optional;

/**
 * The trained multipliers of one node's weights.
 *
 * @param rule what a trained value multiplies by
 * @param block where they stand in the vector; empty where none are trained
 * @param scales the vector, not a copy
 */
@SuppressWarnings("ArrayRecordComponent")
record WeightMultiplication(WeightMultipliers rule, Optional<Block> block, float[] scales) {
  /**
   * Multiplies some weights, in single precision.
   *
   * @param plain as the operator has them
   * @param first place of the first among the node's weights
   * @param multiplied receives the products, may be {@code plain}
   */
  void multiply(float[] plain, int first, float[] multiplied) {
    if (block.isEmpty()) {
      System.arraycopy(plain, 0, multiplied, 0, plain.length);
      return;
    }
    int from = block.get().offset() + first;
    for (int i = 0; i < plain.length; i++) {
      multiplied[i] = plain[i] * rule.multiplier(scales[from + i]);
    }
  }
}
