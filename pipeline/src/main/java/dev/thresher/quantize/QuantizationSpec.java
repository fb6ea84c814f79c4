package dev.thresher.quantize;

/**
 * What kind of integers a network is quantized to.
 *
 * @param granularity thresholds per weight tensor
 * @param scheme where activation ranges lie
 * @param weightBits bits of a weight, 2 to 8
 * @param activationBits bits of an activation, 2 to 8
 * @param limits intervals of the trained scales
 */
public record QuantizationSpec(
    Granularity granularity,
    Scheme scheme,
    int weightBits,
    int activationBits,
    ScaleLimits limits) {
  /** Refuses widths outside 2 to 8 bits. */
  public QuantizationSpec {
    checkBits("weights", weightBits);
    checkBits("activations", activationBits);
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
