package dev.thresher.quantize;

/**
 * What the gradient of an activation's thresholds needs of the elements of a tensor, with g the
 * loss gradient at x_hat. Every engine gathers these three sums; {@link ActivationThreshold} turns
 * them into gradients of the trained scales.
 *
 * @param rounding sum over elements inside the grid of g * (x_hat - x) / scale
 * @param high sum of g over elements that saturate at the upper end
 * @param low sum of g over elements that saturate at the lower end
 */
public record StraightThroughSums(double rounding, double high, double low) {}
