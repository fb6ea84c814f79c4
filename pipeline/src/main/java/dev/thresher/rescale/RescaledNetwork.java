package dev.thresher.rescale;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.fold.FoldedNetwork;

/**
 * A folded network with balanced filters: the fourth state of a model. Its ranges are calibrated
 * anew, since scaling changes them.
 *
 * @param folded the network, weights and biases rescaled
 * @param origin what it was made from
 * @param report what was done
 */
public record RescaledNetwork(FoldedNetwork folded, FloatOrigin origin, RescalingReport report) {}
