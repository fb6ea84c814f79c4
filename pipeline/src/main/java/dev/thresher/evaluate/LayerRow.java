package dev.thresher.evaluate;

import dev.thresher.tensor.FeatureShape;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The figures of one tensor and, where a weighted node computes it, of the weights.
 *
 * @param index position in the order of execution, 0 is the input
 * @param tensor name of the tensor, and of its node
 * @param kind what computes it: input, convolution, depthwise, pointwise, fully-connected, add...
 * @param weights of the node, where it has any
 * @param activation of its output
 * @param shape of its output
 * @param study what a few images tell
 */
public record LayerRow(
    int index,
    String tensor,
    String kind,
    Optional<WeightFigures> weights,
    ActivationFigures activation,
    FeatureShape shape,
    StudyFigures study) {
  /** Least, mean and greatest of some numbers. */
  public record Spread(double min, double mean, double max) {}

  /**
   * Of the weights of a node.
   *
   * @param filters output filters
   * @param weights how many
   * @param macs multiplications of an image
   * @param thresholds T = max |w|, in real values
   * @param alphas scales of the thresholds, within their limits
   * @param scales real values of one step
   * @param atLow thresholds whose scale stands at the lower limit
   * @param atHigh thresholds whose scale stands at the upper limit, where training starts with the
   *     paper's limits
   * @param moved weights that are not rounded to their nearest integer
   * @param noise of the quantized weights
   */
  public record WeightFigures(
      int filters,
      long weights,
      long macs,
      Spread thresholds,
      Spread alphas,
      Spread scales,
      int atLow,
      int atHigh,
      long moved,
      SignalToNoise noise) {}

  /**
   * Of an activation tensor.
   *
   * @param rangeMin calibrated left end
   * @param rangeMax calibrated right end
   * @param width trained scale of the threshold or of the width, within its limits
   * @param shift trained shift, where the scheme is asymmetric
   * @param scale real value of one step
   * @param zeroPoint integer of zero
   * @param lower least integer of the output
   * @param upper greatest integer of the output
   */
  public record ActivationFigures(
      double rangeMin,
      double rangeMax,
      double width,
      OptionalDouble shift,
      double scale,
      int zeroPoint,
      int lower,
      int upper) {}

  /**
   * Of the images that layers were studied on; empty without any.
   *
   * @param images how many
   * @param own dB of the tensor, errors of all layers before included
   * @param only dB of the logits when only this layer is quantized
   * @param allBut dB of the logits when every layer but this one is quantized
   * @param gain dB that the logits gain when this layer is not quantized
   */
  public record StudyFigures(
      long images,
      OptionalDouble own,
      OptionalDouble only,
      OptionalDouble allBut,
      OptionalDouble gain) {}
}
