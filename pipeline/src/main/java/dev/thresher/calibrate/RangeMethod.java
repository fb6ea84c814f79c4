package dev.thresher.calibrate;

import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.Scheme;

/** How a tensor's initial range is taken from its statistics (method, section 2). */
public sealed interface RangeMethod {
  /** The interval for one tensor. */
  Range range(TensorStatistics statistics, QuantizationSpec spec);

  /** Everything seen: what the paper's figures start from. */
  record MinMax() implements RangeMethod {
    @Override
    public Range range(TensorStatistics statistics, QuantizationSpec spec) {
      return new Range(Math.min(statistics.min(), 0), Math.max(statistics.max(), 0));
    }
  }

  /**
   * Leaves out the outermost values of each side.
   *
   * @param percent share of the values kept on each side, in (50, 100]
   */
  record Percentile(double percent) implements RangeMethod {
    /** Refuses shares outside (50, 100]. */
    public Percentile {
      if (!(percent > 50 && percent <= 100)) {
        throw new IllegalArgumentException(
            "Cannot keep " + percent + " percent of the values: a share in (50, 100] is needed.");
      }
    }

    @Override
    public Range range(TensorStatistics statistics, QuantizationSpec spec) {
      Histogram histogram = statistics.histogram();
      double outside = histogram.total() * (100 - percent) / 100;
      double low = Math.max(statistics.min(), -end(histogram, -1, outside));
      double high = Math.min(statistics.max(), end(histogram, 1, outside));
      return new Range(Math.min(low, 0), Math.max(high, 0));
    }

    private static double end(Histogram histogram, int sign, double outside) {
      double seen = 0;
      for (int bin = Histogram.BINS - 1; bin > 0; bin--) {
        seen += histogram.count(bin, sign);
        if (seen > outside) {
          return Histogram.edge(bin + 1);
        }
      }
      return 0;
    }
  }

  /**
   * The thresholds with the least expected squared error: rounding noise of step^2 / 12 inside, the
   * squared distance to the threshold outside; searched over the histogram's bin edges.
   */
  record LeastSquares() implements RangeMethod {
    @Override
    public Range range(TensorStatistics statistics, QuantizationSpec spec) {
      double low = Math.max(-statistics.min(), 0);
      double high = Math.max(statistics.max(), 0);
      Histogram histogram = statistics.histogram();
      if (low == 0 || high == 0) {
        double best = search(histogram, spec, low == 0 ? 0 : -1, low == 0 ? -1 : 0, low + high);
        return low == 0 ? new Range(0, best) : new Range(-best, 0);
      }
      if (spec.scheme() == Scheme.SYMMETRIC) {
        double best = search(histogram, spec, -1, -1, Math.max(low, high));
        return new Range(-Math.min(best, low), Math.min(best, high));
      }
      double left = low;
      double right = high;
      for (int pass = 0; pass < 3; pass++) {
        left = search(histogram, spec, -1, right, low);
        right = search(histogram, spec, left, -1, high);
      }
      return new Range(-left, right);
    }

    /** Minimizes over the ends given as -1 together, from {@code greatest} down. */
    private static double search(
        Histogram histogram, QuantizationSpec spec, double left, double right, double greatest) {
      double best = greatest;
      double least = error(histogram, spec, pick(left, greatest), pick(right, greatest));
      for (int bin = 1; bin < Histogram.BINS; bin++) {
        double candidate = Histogram.edge(bin);
        if (candidate < greatest / 16 || candidate >= greatest) {
          continue;
        }
        double error = error(histogram, spec, pick(left, candidate), pick(right, candidate));
        if (error < least) {
          least = error;
          best = candidate;
        }
      }
      return best;
    }

    private static double pick(double fixed, double candidate) {
      return fixed < 0 ? candidate : fixed;
    }

    private static double error(
        Histogram histogram, QuantizationSpec spec, double left, double right) {
      boolean signed = spec.scheme() == Scheme.SYMMETRIC && left > 0;
      double step =
          signed
              ? 2 * Math.max(left, right) / (spec.activationMax() - 1)
              : (left + right) / spec.activationMax();
      double noise = step * step / 12;
      double sum = 0;
      for (int bin = 1; bin < Histogram.BINS; bin++) {
        double x = Histogram.middle(bin);
        sum += histogram.count(bin, 1) * cost(x, right, noise);
        sum += histogram.count(bin, -1) * cost(x, left, noise);
      }
      return sum;
    }

    private static double cost(double x, double end, double noise) {
      return x <= end ? noise : (x - end) * (x - end);
    }
  }
}
