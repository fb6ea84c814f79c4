package dev.thresher.calibrate;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A folded network with the statistics of its activations: the third state of a model.
 *
 * @param folded the network
 * @param statistics of the images that it was shown
 */
public record CalibratedNetwork(FoldedNetwork folded, CalibrationStatistics statistics) {
  /** Refuses statistics of no images. */
  public CalibratedNetwork {
    if (statistics.images() == 0) {
      throw new IllegalArgumentException(
          "Cannot calibrate " + folded.name() + " from no images: give it at least one.");
    }
    statistics = statistics.snapshot();
  }

  /** The interval of every activation tensor. */
  public Map<String, Range> ranges(RangeMethod method, QuantizationSpec spec) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (String tensor : statistics.tensors()) {
      try {
        ranges.put(tensor, method.range(statistics.tensor(tensor), spec));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Cannot calibrate " + tensor + " of " + folded.name() + ": " + e.getMessage(), e);
      }
    }
    return ranges;
  }

  /** The network with a base threshold on every tensor. */
  public ThresholdedNetwork threshold(RangeMethod method, QuantizationSpec spec) {
    return new ThresholdedNetwork(folded.graph(), spec, ranges(method, spec));
  }
}
