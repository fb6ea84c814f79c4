package dev.thresher.engine.reference;

import dev.thresher.network.Activation;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.StraightThroughSums;
import java.util.Arrays;

/**
 * The straight-through rule of one tensor. With v an element's real value in steps, a = v clamped
 * to the activation's bounds and g its gradient at x_hat:
 *
 * <pre>
 *   rint(a) + z > qmax       high += g,                 nothing passes
 *   rint(a) + z < qmin       low += g,                  nothing passes
 *   v outside the bounds                                nothing passes
 *   otherwise                rounding += g (q - z - a), g passes
 * </pre>
 *
 * The choices are made by arithmetic (masks of 0 and 1), which vectorizes; sums run in float over a
 * few rows and in double beyond, in the order of images and rows. Source: method, section 5.
 */
final class StraightThrough {
  /** Rows that are summed in float before they go to the sums in double. */
  private static final int FLOAT_ROWS = 64;

  /** Any difference of floats that is not zero is at least 1 after two such factors. */
  private static final float HUGE = 1e38f;

  private final float activationLower; // in steps
  private final float activationUpper;
  private final float least; // of the grid, in steps
  private final float greatest;
  private final float[] bounded; // [C], a
  private final float[] grid; // [C], q - z
  private final float[] above; // [C], 1 where saturated at the upper end
  private final float[] below;
  private final float[] roundingRow; // [C], sums of the last rows
  private final float[] highRow;
  private final float[] lowRow;
  private int rows;
  private double rounding;
  private double high;
  private double low;

  StraightThrough(Quantizer quantizer, Activation activation, int channels) {
    activationLower = (float) ((double) activation.lower() / quantizer.scale());
    activationUpper = (float) ((double) activation.upper() / quantizer.scale());
    least = quantizer.qmin() - quantizer.zeroPoint();
    greatest = quantizer.qmax() - quantizer.zeroPoint();
    bounded = new float[channels];
    grid = new float[channels];
    above = new float[channels];
    below = new float[channels];
    roundingRow = new float[channels];
    highRow = new float[channels];
    lowRow = new float[channels];
  }

  /** Adds a row's share to the sums, and leaves in {@code g} what passes on. */
  void row(float[] v, float[] g) {
    bound(v, bounded, activationLower, activationUpper);
    System.arraycopy(bounded, 0, grid, 0, grid.length);
    RowKernels.quantize(grid, least - 1, greatest + 1); // one further: shows saturation
    overshoot(grid, above, below, least, greatest);
    RowKernels.addProducts(highRow, g, above);
    RowKernels.addProducts(lowRow, g, below);
    pass(g, v, bounded, above, below);
    RowKernels.addProducts(roundingRow, g, residual(grid, bounded));
    if (++rows == FLOAT_ROWS) {
      flush();
    }
  }

  private static void bound(float[] v, float[] a, float lower, float upper) {
    for (int n = 0; n < a.length; n++) {
      a[n] = Math.min(Math.max(v[n], lower), upper);
    }
  }

  private static void overshoot(
      float[] grid, float[] above, float[] below, float least, float greatest) {
    for (int n = 0; n < grid.length; n++) {
      above[n] = Math.max(grid[n] - greatest, 0f);
    }
    for (int n = 0; n < grid.length; n++) {
      below[n] = Math.max(least - grid[n], 0f);
    }
  }

  /** Zeroes the gradient of what saturates or lies beyond the activation's bounds. */
  private static void pass(float[] g, float[] v, float[] a, float[] above, float[] below) {
    for (int n = 0; n < g.length; n++) {
      float blocked = Math.min(Math.abs(v[n] - a[n]) * HUGE * HUGE, 1f);
      g[n] *= (1f - above[n]) * (1f - below[n]) * (1f - blocked);
    }
  }

  /** {@code q - z - a}, in place of a. */
  private static float[] residual(float[] grid, float[] a) {
    for (int n = 0; n < a.length; n++) {
      a[n] = grid[n] - a[n];
    }
    return a;
  }

  private void flush() {
    rounding += drain(roundingRow);
    high += drain(highRow);
    low += drain(lowRow);
    rows = 0;
  }

  private static double drain(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += value;
    }
    Arrays.fill(row, 0f);
    return sum;
  }

  /** Ends an image: what follows is summed apart, so that a batch is the sum of its images. */
  void endImage() {
    flush();
  }

  StraightThroughSums sums() {
    return new StraightThroughSums(rounding, high, low);
  }
}
