package dev.thresher.rescale;

/**
 * What rescaling did between one layer and the next.
 *
 * @param first name of the layer whose output channels were scaled; several are joined by a space
 * @param second name of the layer that reads them; several are joined by a space
 * @param channels channels between the two
 * @param locked channels that reach the activation's upper bound and keep their scale
 * @param limited channels whose factor was limited so that they stay under the bound
 * @param zero channels whose filter is all zero
 * @param target T_a, the filter range aimed at; NaN for LEAST_NOISE, which has none
 * @param targetRule how the target was chosen
 * @param spreadBefore greatest over least filter range before, zero filters left out
 * @param spreadAfter the same afterwards
 */
public record RescaledPair(
    String first,
    String second,
    int channels,
    int locked,
    int limited,
    int zero,
    double target,
    TargetRule targetRule,
    double spreadBefore,
    double spreadAfter) {
  /** How the range that filters are scaled to is chosen. */
  public enum TargetRule {
    /** Mean range of the locked channels: the paper's rule. */
    MEAN_OF_LOCKED,
    /** Nothing is locked: the greatest range at which no channel reaches the bound. */
    LARGEST_WITHOUT_CLIPPING,
    /** Each channel has the factor with which quantization disturbs the logits least. */
    LEAST_NOISE
  }
}
