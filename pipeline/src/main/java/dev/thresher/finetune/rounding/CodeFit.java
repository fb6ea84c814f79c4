package dev.thresher.finetune.rounding;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import java.util.stream.IntStream;

/**
 * Chooses the integers of a layer, so that what it gives from inputs that carry the errors of the
 * layers before comes closest to what the float network gives there:
 *
 * <pre>
 *   w_hat[k] = arg min  Var(w_hat x - y[k]) + ridge[k] |w_hat - w[k]|^2
 *   b[k]     = E[y[k]] - w_hat[k] E[x]
 *   ridge[k] = LEAST_RIDGE v + DOUBT Var(w_nearest[k] x - y[k]) / (images step[k]^2)
 * </pre>
 *
 * over integers times the filter's step, each weight no further from its real value w than one step
 * (or than its nearest integer, where the threshold cuts it off); v is the mean variance of x.
 * Found by descent from the nearest integers: the single step that gains most, until none gains.
 *
 * <p>The ridge keeps filters of many weights from learning the images at hand by heart: the more of
 * the distance stems from errors before the layer, and the fewer the images, the less do they tell
 * of others.
 *
 * <p>Why: rounding to nearest is best for each weight by itself only. Errors of a filter's weights
 * add up to one error of its sum, and some of them can be made to cancel out, those of earlier
 * layers too. Source of the idea: Nagel et al., Up or Down? Adaptive Rounding, ICML 2020 (layers
 * one by one, their sums as the aim); Frantar et al., GPTQ, ICLR 2023 (second moments of the
 * inputs). Thresholds stay what training made of them. Cost: O(filterSize) a step, about filterSize
 * / 2 steps a filter. Filters are fitted in parallel; the result does not depend on it. Filters
 * without a weight, of channels that were removed, are left alone.
 */
public final class CodeFit {
  /** Distance from the real weights that a covariance of few images cannot see. */
  private static final double LEAST_RIDGE = 0.01;

  /**
   * How little is believed of what an image says. Errors on images not seen were about the same
   * from 0.1 to 1 (MobileNet-v1 and v2, 128 and 256 images), larger at 0 and from 3 on.
   */
  private static final double DOUBT = 0.5;

  /** Gains below this share of a step's own variance are float rounding. */
  private static final double LEAST_GAIN = 1e-9;

  private final int filterSize;
  private final int filtersInGroup;
  private final int weightMax;
  private final byte[] nearest;
  private final float[] steps;
  private final float[] weights;
  private final double inputStep;
  private final double outputStep;
  private final LayerSums sums;
  private final double[][] variances;
  private final double[] leastRidges;
  private final byte[] moves;
  private final float[] bias;

  private CodeFit(IntegerNetwork network, String node, LayerSums sums) {
    Graph graph = network.graph();
    Linear layer = (Linear) graph.node(node).operator();
    this.filterSize = layer.filterSize();
    this.filtersInGroup = layer.filters() / layer.groups();
    this.weightMax = network.network().spec().weightMax();
    this.nearest = network.weights(node).codes();
    this.steps = network.steps(node).weightScales();
    this.weights = layer.weights().values();
    network.multiply(node, weights, weights);
    this.inputStep = network.quantizer(graph.node(node).inputs().get(0)).scale();
    this.outputStep = (double) network.quantizer(node).scale() / LayerSums.FRACTION;
    this.sums = sums;
    this.variances = new double[layer.groups()][];
    this.leastRidges = new double[layer.groups()];
    this.moves = new byte[nearest.length];
    this.bias = layer.bias().values();
  }

  /**
   * Fits one layer.
   *
   * @param network whose layer rounds to nearest
   * @param node weighted
   * @param sums of that layer, of at least one position
   */
  public static Rounding.Layer fit(IntegerNetwork network, String node, LayerSums sums) {
    CodeFit fit = new CodeFit(network, node, sums);
    IntStream.range(0, fit.variances.length).parallel().forEach(fit::prepare);
    IntStream.range(0, fit.bias.length).parallel().forEach(fit::filter);
    return new Rounding.Layer(fit.moves, fit.bias);
  }

  /** Covariance of a group's inputs, real values. */
  private void prepare(int group) {
    double n = sums.positions();
    double[] products = sums.products(group);
    double[] inputs = sums.inputs(group);
    double[] variance = new double[products.length];
    double trace = 0;
    for (int i = 0; i < filterSize; i++) {
      for (int j = 0; j < filterSize; j++) {
        double central = products[i * filterSize + j] / n - inputs[i] / n * (inputs[j] / n);
        variance[i * filterSize + j] = inputStep * inputStep * central;
      }
      trace += variance[i * filterSize + i];
    }
    leastRidges[group] = LEAST_RIDGE * trace / filterSize;
    variances[group] = variance;
  }

  private void filter(int k) {
    int group = k / filtersInGroup;
    int first = k * filterSize;
    if (IntStream.range(first, first + filterSize).allMatch(i -> weights[i] == 0)) {
      return;
    }
    double step = steps[k];
    double[] variance = variances[group];
    int[] codes = new int[filterSize];
    for (int i = 0; i < filterSize; i++) {
      codes[i] = nearest[first + i];
    }
    double[] gradient = new double[filterSize];
    double error = start(k, variance, gradient);
    double ridge = leastRidges[group] + DOUBT * error / (sums.images() * step * step);
    for (int i = 0; i < filterSize; i++) {
      gradient[i] += ridge * (codes[i] * step - weights[first + i]);
    }
    for (int tries = 0; tries < 4 * filterSize; tries++) {
      int at = bestStep(k, codes, gradient, variance, ridge);
      if (at < 0) {
        break;
      }
      int sign = gradient[at] > 0 ? -1 : 1;
      codes[at] += sign;
      for (int i = 0; i < filterSize; i++) {
        gradient[i] += sign * step * variance[at * filterSize + i];
      }
      gradient[at] += sign * step * ridge;
    }
    double n = sums.positions();
    double mean = 0;
    for (int i = 0; i < filterSize; i++) {
      moves[first + i] = (byte) (codes[i] - nearest[first + i]);
      mean += codes[i] * step * inputStep * (sums.inputs(group)[i] / n);
    }
    bias[k] = (float) (outputStep * (sums.outputs()[k] / n) - mean);
  }

  /**
   * Half the gradient of the variance at the nearest integers.
   *
   * @param gradient receives it, [filterSize]
   * @return the variance there
   */
  private double start(int k, double[] variance, double[] gradient) {
    int group = k / filtersInGroup;
    int first = k * filterSize;
    double n = sums.positions();
    double mean = sums.outputs()[k] / n;
    double error = outputStep * outputStep * (sums.squares()[k] / n - mean * mean);
    for (int i = 0; i < filterSize; i++) {
      double met = 0;
      for (int j = 0; j < filterSize; j++) {
        met += variance[i * filterSize + j] * (nearest[first + j] * (double) steps[k]);
      }
      double asked =
          inputStep * outputStep * (sums.cross()[first + i] / n - sums.inputs(group)[i] / n * mean);
      gradient[i] = met - asked;
      error += nearest[first + i] * (double) steps[k] * (met - 2 * asked);
    }
    return Math.max(0, error);
  }

  /** The weight whose step gains most; -1 where none gains. */
  private int bestStep(int k, int[] codes, double[] gradient, double[] variance, double ridge) {
    int first = k * filterSize;
    double step = steps[k];
    int best = -1;
    double most = 0;
    for (int i = 0; i < filterSize; i++) {
      int sign = gradient[i] > 0 ? -1 : 1;
      double own = step * step * (variance[i * filterSize + i] + ridge);
      double change = own - 2 * step * Math.abs(gradient[i]);
      if (change < most && change < -LEAST_GAIN * own) {
        double error = codes[i] * step - weights[first + i];
        double moved = Math.abs(error + sign * step);
        boolean isNear = moved <= step || moved <= Math.abs(error);
        if (isNear && Math.abs(codes[i] + sign) <= weightMax) {
          best = i;
          most = change;
        }
      }
    }
    return best;
  }
}
