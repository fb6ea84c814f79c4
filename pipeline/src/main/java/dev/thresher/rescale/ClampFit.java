package dev.thresher.rescale;

import dev.thresher.calibrate.ClampHistogram;

/**
 * A channel that reaches the bound u of its clamp, scaled by c = e^v all the same. With x before
 * the clamp, the channel was g and becomes f, which is read with the factor b that fits best:
 *
 * <pre>
 *   g = min(max(x, 0), u) ;  f = min(max(c x, 0), u)
 *   b = &lt;f g&gt; / &lt;f f&gt; = e^-w ;  error = &lt;(g - b f)^2&gt; = &lt;g g&gt; - &lt;f g&gt;^2 / &lt;f f&gt;
 * </pre>
 *
 * Means are over the calibration images, by the histogram of x. Filters far beyond the bound switch
 * rather than measure; a smaller slope costs them little, and lets the other filters of the layer
 * have finer steps.
 */
final class ClampFit {
  /** Part of the mean square below which an error is the histogram's. */
  private static final double NEGLIGIBLE = 1e-7;

  /**
   * A channel at one slope.
   *
   * @param read w, the logarithm by which readers divide
   * @param readSlope dw / dv
   * @param error mean square, squared real units
   * @param errorSlope d error / dv
   */
  record Point(double read, double readSlope, double error, double errorSlope) {}

  private static final int BINS = ClampHistogram.BINS;

  private final double unit;
  private final double[] squares = new double[BINS + 1]; // of x x, in bins below the index
  private final double[] products = new double[BINS + 1]; // of x g
  private final double[] shares = new double[BINS + 1];
  private final double[] values = new double[BINS + 1]; // of g
  private final double meanSquare;

  /**
   * The fit of one channel.
   *
   * @param bound u, real value
   */
  ClampFit(ClampHistogram histogram, int channel, double bound) {
    unit = bound * bound;
    double sum = 0;
    for (int bin = 0; bin < BINS; bin++) {
      double share = histogram.share(channel, bin);
      double x = ClampHistogram.middle(bin);
      double g = Math.min(x, 1);
      squares[bin + 1] = squares[bin] + share * x * x;
      products[bin + 1] = products[bin] + share * x * g;
      shares[bin + 1] = shares[bin] + share;
      values[bin + 1] = values[bin] + share * g;
      sum += share * g * g;
    }
    meanSquare = sum;
  }

  /** The channel at the slope e^v. */
  Point at(double v) {
    double c = StrictMath.exp(v);
    int free = below(1 / c);
    double moving = c * c * squares[free];
    double movingProduct = c * products[free];
    double ff = moving + shares[BINS] - shares[free];
    double fg = movingProduct + values[BINS] - values[free];
    double factor = fg / ff;
    double error = meanSquare - fg * factor;
    if (error < NEGLIGIBLE * meanSquare) {
      return new Point(-StrictMath.log(factor), 2 * moving / ff - movingProduct / fg, 0, 0);
    }
    return new Point(
        -StrictMath.log(factor),
        2 * moving / ff - movingProduct / fg,
        unit * error,
        2 * unit * factor * (factor * moving - movingProduct));
  }

  /** Number of bins whose middle is below x. */
  private static int below(double x) {
    int low = 0;
    int high = BINS;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ClampHistogram.middle(middle) < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
