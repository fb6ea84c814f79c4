package dev.thresher.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a run was asked to hold.
 *
 * @param maxDrop points of Top-1 that may be lost, 0 to 100; 100 asks for nothing
 * @param minAgreement percent of images with the float network's first class, 0 to 100
 * @param minSqnr the logits' signal to noise in dB; 0 asks for nothing
 * @param maxRmse the logits' root-mean-square error, in units of logits; 0 asks for nothing
 */
public record QualityGate(double maxDrop, double minAgreement, double minSqnr, double maxRmse) {
  private static final double ANY_DROP = 100;

  /** Whether it asks for anything. */
  boolean isSet() {
    return asksForAccuracy() || minAgreement > 0 || minSqnr > 0 || maxRmse > 0;
  }

  /** Whether it bounds the drop. */
  boolean asksForAccuracy() {
    return maxDrop < ANY_DROP;
  }

  /** What is missed, in words; nothing where the gate holds or the figure is not known. */
  List<String> misses(
      OptionalDouble drop, OptionalDouble agreement, OptionalDouble sqnr, OptionalDouble rmse) {
    List<String> misses = new ArrayList<>();
    if (drop.isPresent() && drop.getAsDouble() > maxDrop) {
      misses.add(
          String.format(
              Locale.ROOT,
              "Top-1 drops by %.2f points; evaluate.max-drop allows %s.",
              drop.getAsDouble(),
              maxDrop));
    }
    if (agreement.isPresent() && agreement.getAsDouble() < minAgreement) {
      misses.add(
          String.format(
              Locale.ROOT,
              "Both networks agree on %.2f %% of the images; evaluate.min-agreement asks for %s.",
              agreement.getAsDouble(),
              minAgreement));
    }
    if (sqnr.isPresent() && sqnr.getAsDouble() < minSqnr) {
      misses.add(
          String.format(
              Locale.ROOT,
              "The logits' signal to noise is %.2f dB; evaluate.min-sqnr asks for %s.",
              sqnr.getAsDouble(),
              minSqnr));
    }
    if (maxRmse > 0 && rmse.isPresent() && !(rmse.getAsDouble() <= maxRmse)) {
      misses.add(
          String.format(
              Locale.ROOT,
              "The logits' error (RMSE) is %.4f; evaluate.max-rmse allows %s.",
              rmse.getAsDouble(),
              maxRmse));
    }
    return misses;
  }
}
