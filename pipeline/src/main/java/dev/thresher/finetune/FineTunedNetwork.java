package dev.thresher.finetune;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.ThresholdedNetwork;
import java.util.List;

/**
 * A network with trained threshold scales. Immutable; the scales are copied.
 *
 * @param network thresholds that the scales adjust
 * @param scales trained vector in the order of the layout
 * @param rounding how weights become integers with these scales
 * @param resultRound rounds averaged before these scales; 0 where none beat those that training
 *     began with
 * @param rounds records of the rounds run, in order
 */
@SuppressWarnings("ArrayRecordComponent")
public record FineTunedNetwork(
    ThresholdedNetwork network,
    float[] scales,
    Rounding rounding,
    int resultRound,
    List<RoundRecord> rounds) {
  /** Copies. */
  public FineTunedNetwork {
    scales = scales.clone();
    rounds = List.copyOf(rounds);
  }

  @Override
  public float[] scales() {
    return scales.clone();
  }

  /** The integers that scales and rounding give. */
  public IntegerNetwork integers() {
    return IntegerNetwork.of(network, scales, rounding);
  }
}
