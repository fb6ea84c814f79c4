package dev.thresher.evaluate;

import dev.thresher.quantize.ScaleLimits;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One quantizer: of a filter, of a weight tensor, or of an activation tensor.
 *
 * @param layer index of its layer
 * @param tensor name of its layer
 * @param of {@code weights} or {@code activation}
 * @param filter which, where filters have thresholds of their own
 * @param before as calibrated
 * @param after as trained
 * @param limits that training moves alpha and shift between: alpha low, alpha high, shift low,
 *     shift high
 * @param alphaAtLimit {@code low}, {@code high}, or empty where alpha stands on no limit
 * @param shiftAtLimit the same of the shift
 */
public record ThresholdRow(
    int layer,
    String tensor,
    String of,
    OptionalLong filter,
    State before,
    State after,
    ScaleLimits limits,
    String alphaAtLimit,
    String shiftAtLimit) {
  /**
   * A quantizer at one time.
   *
   * @param min least real value that it represents
   * @param max greatest real value that it represents
   * @param alpha scale of threshold or width
   * @param shift of an asymmetric range
   * @param scale real value of one step
   * @param zeroPoint integer of zero
   */
  public record State(
      double min, double max, double alpha, OptionalDouble shift, double scale, int zeroPoint) {}
}
