package dev.thresher.finetune;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import java.util.Arrays;

/**
 * What is remembered of a round, for metrics. Minimum, mean and maximum are over the scales of
 * thresholds and widths; shifts of asymmetric ranges, whose neutral value is 0, and multipliers of
 * weights are left out.
 *
 * @param round counted from 1
 * @param step optimizer steps that each shard has taken at its end
 * @param loss mean of the shards' mean losses
 * @param judgedLoss of the averaged state, on the images that states are judged by; NaN where the
 *     round is not judged
 * @param learningRate of the last step
 * @param images that the shards have read in the round
 * @param seconds of the round, rounds thrown away before it included
 * @param minAlpha least scale after the round
 * @param meanAlpha mean scale after the round
 * @param maxAlpha greatest scale after the round
 * @param atLimits scales, shifts and multipliers included, that stand on one of their limits
 * @param rollbacks rounds thrown away so far
 * @param bytesSent to the shards
 * @param bytesReceived from the shards
 */
public record RoundRecord(
    int round,
    int step,
    double loss,
    double judgedLoss,
    double learningRate,
    long images,
    double seconds,
    double minAlpha,
    double meanAlpha,
    double maxAlpha,
    int atLimits,
    int rollbacks,
    long bytesSent,
    long bytesReceived) {
  /** Smaller than any step of a scale that matters, larger than float rounding near 1. */
  private static final float NUDGE = 1e-4f;

  static RoundRecord of(
      ThresholdedNetwork network,
      RoundOutcome.Averaged averaged,
      double judgedLoss,
      double learningRate,
      double seconds,
      RoundRunner.Traffic traffic) {
    float[] scales = averaged.state().scales();
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    int count = 0;
    boolean[] others = others(network);
    for (int i = 0; i < scales.length; i++) {
      if (!others[i]) {
        min = Math.min(min, scales[i]);
        max = Math.max(max, scales[i]);
        sum += scales[i];
        count++;
      }
    }
    TrainingState state = averaged.state();
    return new RoundRecord(
        state.round(),
        state.step(),
        averaged.loss(),
        judgedLoss,
        learningRate,
        averaged.images(),
        seconds,
        min,
        sum / count,
        max,
        atLimits(network, scales),
        state.rollbacks(),
        traffic.sent(),
        traffic.received());
  }

  private static boolean[] others(ThresholdedNetwork network) {
    boolean[] others = new boolean[network.layout().size()];
    for (Block block : network.layout().activations()) {
      others[block.offset()] = block.count() == 2;
    }
    for (Block block : network.layout().multipliers()) {
      Arrays.fill(others, block.offset(), block.offset() + block.count(), true);
    }
    return others;
  }

  /** A scale is on a limit where a nudge one way is undone; one that cannot move is on none. */
  private static int atLimits(ThresholdedNetwork network, float[] scales) {
    float[] up = nudged(network, scales, NUDGE);
    float[] down = nudged(network, scales, -NUDGE);
    int count = 0;
    for (int i = 0; i < scales.length; i++) {
      if ((up[i] == scales[i]) != (down[i] == scales[i])) {
        count++;
      }
    }
    return count;
  }

  private static float[] nudged(ThresholdedNetwork network, float[] scales, float by) {
    float[] moved = scales.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += by;
    }
    network.clamp(moved);
    return moved;
  }
}
