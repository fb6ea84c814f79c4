package dev.thresher.quantize;

/**
 * What kind of integers a network is quantized to.
 *
 * @param granularity thresholds per weight tensor
 * @param scheme where activation ranges lie
 * @param weightBits bits of a weight, 2 to 8
 * @param activationBits bits of an activation, 2 to 8
 * @param limits intervals of the trained scales
 * @param multipliers interval of trained multipliers of single weights, or none
 */
public record QuantizationSpec(
    Granularity granularity,
    Scheme scheme,
    int weightBits,
    int activationBits,
    ScaleLimits limits,
    WeightMultipliers multipliers) {
  /** Refuses widths outside 2 to 8 bits. */
  public QuantizationSpec {
    checkBits("weights", weightBits);
    checkBits("activations", activationBits);
  }

  /** Without multipliers of weights. */
  public QuantizationSpec(
      Granularity granularity,
      Scheme scheme,
      int weightBits,
      int activationBits,
      ScaleLimits limits) {
    this(granularity, scheme, weightBits, activationBits, limits, WeightMultipliers.NONE);
  }

  private static void checkBits(String what, int bits) {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException(
          "Cannot quantize " + what + " to " + bits + " bits: 2 to 8 are supported.");
    }
  }

  /** Greatest magnitude of a weight's integer, 2^(n-1) - 1. */
  public int weightMax() {
    return (1 << (weightBits - 1)) - 1;
  }

  /** Greatest activation integer, 2^n - 1. */
  public int activationMax() {
    return (1 << activationBits) - 1;
  }
}
