package dev.thresher.rescale;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.quantize.QuantizationSpec;

/** Calibrated network to rescaled network, by the scope that is asked for. */
public final class Rescaler {
  private Rescaler() {}

  /**
   * Rescales within a scope; see {@link DepthwiseRescaler} and {@link ChannelEqualizer}.
   *
   * @param iterations steps of the search, for {@link RescaleScope#ALL} only
   * @param rule for channels that reach the bound of their clamp, for {@link RescaleScope#ALL} only
   * @param spec the quantization to prepare for
   */
  public static RescaledNetwork rescale(
      CalibratedNetwork calibrated,
      RescaleScope scope,
      int iterations,
      ClampRule rule,
      QuantizationSpec spec) {
    return switch (scope) {
      case NONE ->
          new RescaledNetwork(
              calibrated.folded(),
              FloatOrigin.unscaled(calibrated.folded().graph()),
              RescalingReport.none());
      case DEPTHWISE -> DepthwiseRescaler.rescale(calibrated);
      case ALL -> ChannelEqualizer.equalize(calibrated, iterations, rule, spec);
    };
  }
}
