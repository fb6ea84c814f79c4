package dev.thresher.rescale;

import dev.thresher.quantize.Granularity;
import java.util.Arrays;

/**
 * The variance that rounding a layer's weights adds to the logits, as a function of its channels'
 * factors.
 *
 * <pre>
 *   T'      = (sum_kj |W[k, j] s_k / r_j|^p)^(1/p)       over the layer, or over each filter k
 *   noise   = T'^2 / (12 Q^2)  sum_kj cost[k, j] (r_j / r_k)^2
 * </pre>
 *
 * with s written and r read ({@link Factors}). T' is the p-norm in place of the greatest weight, so
 * that the sum is smooth; Q = 2^(n-1) - 1. In logarithms of the factors each term is convex.
 */
final class WeightNoise {
  /** p of the norm that stands for the maximum; n equal weights give n^(1/12) times it. */
  static final int POWER = 12;

  private final WeightMatrix matrix;
  private final Granularity granularity;
  private final double[] powers;
  private final double[] costs;
  private final double unit;
  private final double[] outRising;
  private final double[] outReadFalling;
  private final double[] inReadRising;
  private final double[] inReadFalling;

  /**
   * One layer's noise.
   *
   * @param channels of the layer's input
   * @param costs variance of the logits per unit of variance of a weight, [O, I / groups], summed
   *     over the taps
   * @param weightMax Q
   */
  WeightNoise(
      WeightMatrix matrix, int channels, double[] costs, Granularity granularity, int weightMax) {
    this.matrix = matrix;
    this.granularity = granularity;
    this.costs = costs;
    double range = Math.max(matrix.range(), Float.MIN_NORMAL);
    this.powers = matrix.sums(weight -> power(weight / range));
    this.unit = range * range / (12.0 * weightMax * weightMax);
    this.outRising = new double[matrix.filters()];
    this.outReadFalling = new double[matrix.filters()];
    this.inReadRising = new double[channels];
    this.inReadFalling = new double[channels];
  }

  /** x^12. */
  static double power(double x) {
    double square = x * x;
    double fourth = square * square;
    return fourth * fourth * fourth;
  }

  /** Computes the noise and its derivatives, which {@link #addTo} adds; layers can do so apart. */
  double compute(Factors out, Factors in) {
    Arrays.fill(outRising, 0);
    Arrays.fill(outReadFalling, 0);
    Arrays.fill(inReadRising, 0);
    Arrays.fill(inReadFalling, 0);
    double[] rowPowers = new double[matrix.filters()];
    double[] rowCosts = new double[matrix.filters()];
    for (int k = 0; k < rowPowers.length; k++) {
      rowPowers[k] = row(powers, k, in.inversePower());
      rowCosts[k] = row(costs, k, in.square());
    }
    return granularity == Granularity.PER_FILTER
        ? addFilters(rowPowers, rowCosts, out, in)
        : addTensor(rowPowers, rowCosts, out, in);
  }

  /** Adds the derivatives to those of the factors. */
  void addTo(Factors out, Factors in) {
    for (int k = 0; k < outRising.length; k++) {
      out.rising()[k] += outRising[k];
      out.readFalling()[k] += outReadFalling[k];
    }
    for (int k = 0; k < inReadRising.length; k++) {
      in.readRising()[k] += inReadRising[k];
      in.readFalling()[k] += inReadFalling[k];
    }
  }

  private double addTensor(double[] rowPowers, double[] rowCosts, Factors out, Factors in) {
    double powerSum = 0;
    double costSum = 0;
    for (int k = 0; k < rowPowers.length; k++) {
      rowPowers[k] *= out.power()[k];
      rowCosts[k] *= out.inverseSquare()[k];
      powerSum += rowPowers[k];
      costSum += rowCosts[k];
    }
    if (powerSum == 0) {
      return 0;
    }
    double step = unit * StrictMath.pow(powerSum, 2.0 / POWER);
    double noise = step * costSum;
    for (int k = 0; k < rowPowers.length; k++) {
      outRising[k] += 2 * noise * rowPowers[k] / powerSum;
      outReadFalling[k] += 2 * step * rowCosts[k];
      addInputs(k, 2 * noise / powerSum * out.power()[k], 2 * step * out.inverseSquare()[k], in);
    }
    return noise;
  }

  /**
   * A filter with a scale of its own: a factor of the whole filter has no effect, unless it is
   * written with another one than it is read with.
   */
  private double addFilters(double[] rowPowers, double[] rowCosts, Factors out, Factors in) {
    double noise = 0;
    for (int k = 0; k < rowPowers.length; k++) {
      if (rowPowers[k] > 0) {
        double step = unit * StrictMath.pow(rowPowers[k], 2.0 / POWER);
        if (out.isFitted(k)) {
          step *= StrictMath.exp(2 * out.logarithms()[k]) * out.inverseSquare()[k];
          outRising[k] += 2 * step * rowCosts[k];
          outReadFalling[k] += 2 * step * rowCosts[k];
        }
        double filter = step * rowCosts[k];
        noise += filter;
        addInputs(k, 2 * filter / rowPowers[k], 2 * step, in);
      }
    }
    return noise;
  }

  private void addInputs(int k, double perPower, double perCost, Factors in) {
    int first = matrix.firstInput()[k];
    int row = k * matrix.perFilter();
    for (int c = 0; c < matrix.perFilter(); c++) {
      inReadRising[first + c] += perCost * costs[row + c] * in.square()[first + c];
      inReadFalling[first + c] += perPower * powers[row + c] * in.inversePower()[first + c];
    }
  }

  private double row(double[] terms, int k, double[] byInput) {
    int first = matrix.firstInput()[k];
    int row = k * matrix.perFilter();
    double sum = 0;
    for (int c = 0; c < matrix.perFilter(); c++) {
      sum += terms[row + c] * byInput[first + c];
    }
    return sum;
  }
}
