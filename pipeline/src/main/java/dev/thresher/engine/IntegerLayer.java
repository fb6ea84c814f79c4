package dev.thresher.engine;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.network.Linear;
import dev.thresher.quantize.WeightThreshold;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * One weighted node of an {@link IntegerNetwork}: its steps, worked out at once, and its weights,
 * quantized when they are first asked for, at the cost of one pass over them.
 */
final class IntegerLayer {
  /** Bias codes stay within 2^30 so that an accumulator cannot overflow. */
  private static final double BIAS_LIMIT = 1 << 30;

  private final ThresholdedNetwork network;
  private final String name;
  private final Linear operator;
  private final WeightMultiplication multiplication;
  private final Optional<Rounding.Layer> rounding;
  private final LayerSteps steps;
  private IntegerWeights weights;

  /**
   * Fixes the steps.
   *
   * @param block the node, and where its scales stand in the vector
   * @param inputScale of the grid of what it reads
   * @param outputScale of the grid of what it gives
   * @param rounding of its weights, if it was chosen
   * @throws IllegalArgumentException for a rounding of another number of weights
   */
  IntegerLayer(
      ThresholdedNetwork network,
      Block block,
      float inputScale,
      float outputScale,
      WeightMultiplication multiplication,
      Optional<Rounding.Layer> rounding) {
    this.network = network;
    this.name = block.name();
    this.operator = network.graph().node(name).weighted();
    this.multiplication = multiplication;
    this.rounding = rounding;
    rounding.ifPresent(this::check);
    float[] weightScales = weightScales(block, multiplication.scales(), inputScale);
    this.steps = steps(weightScales, inputScale, outputScale);
  }

  private void check(Rounding.Layer layer) {
    if (layer.moves().length != operator.weights().size()
        || layer.bias().length != operator.filters()) {
      throw new IllegalArgumentException(
          "Cannot round %s, %d weights of %d filters, by moves of %d weights of %d filters."
              .formatted(
                  name,
                  operator.weights().size(),
                  operator.filters(),
                  layer.moves().length,
                  layer.bias().length));
    }
  }

  /**
   * A filter whose weights are tiny beside its bias would need bias codes beyond int32: its steps
   * are widened until the bias fits. In per-tensor mode the widest filter decides for all.
   */
  private float[] weightScales(Block block, float[] scales, double inputScale) {
    float[] result = new float[operator.filters()];
    double widest = 0;
    for (int k = 0; k < result.length; k++) {
      float alpha = scales[block.offset() + (block.count() == 1 ? 0 : k)];
      double scale = network.weightThreshold(name, k).scale(alpha);
      double least = Math.abs(operator.bias().get(k)) / (inputScale * BIAS_LIMIT);
      double chosen = Math.max(scale, least);
      result[k] = (float) chosen;
      widest = Math.max(widest, chosen);
    }
    if (block.count() == 1) {
      Arrays.fill(result, (float) widest);
    }
    return result;
  }

  private LayerSteps steps(float[] weightScales, float inputScale, float outputScale) {
    double[] biases = biases(weightScales);
    int[] bias = new int[biases.length];
    float[] multipliers = new float[biases.length];
    for (int k = 0; k < bias.length; k++) {
      float scale = weightScales[k];
      double step = (double) inputScale * scale;
      double rounded = Math.rint(biases[k] / step);
      bias[k] = (int) Math.min(Math.max(rounded, -BIAS_LIMIT), BIAS_LIMIT);
      multipliers[k] = inputScale * scale / outputScale;
    }
    return new LayerSteps(weightScales, bias, multipliers);
  }

  /**
   * The biases to round, real values: those chosen with the integers, or what the operator has less
   * what rounding its weights adds to the mean of each filter's sums, where input means are known.
   * In double, in the order of the weights.
   */
  private double[] biases(float[] weightScales) {
    double[] biases = new double[operator.filters()];
    Arrays.setAll(
        biases, k -> rounding.isPresent() ? rounding.get().bias()[k] : operator.bias().get(k));
    float[] means = network.ownInputMeans(name);
    if (means == null || rounding.isPresent()) {
      return biases;
    }
    float[] filter = new float[operator.filterSize()];
    for (int k = 0; k < biases.length; k++) {
      operator.weights().copyTo(k * filter.length, filter, 0, filter.length);
      multiplication.multiply(filter, k * filter.length, filter);
      biases[k] -= roundingMean(filter, weightScales[k], means, network.inputMeansAt(name, k));
    }
    return biases;
  }

  private double roundingMean(float[] filter, float scale, float[] means, int meansAt) {
    int weightMax = network.spec().weightMax();
    double sum = 0;
    for (int i = 0; i < filter.length; i++) {
      float rounded = WeightThreshold.quantize(filter[i], scale, weightMax) * scale;
      sum += (double) (rounded - filter[i]) * means[meansAt + i];
    }
    return sum;
  }

  LayerSteps steps() {
    return steps;
  }

  WeightMultiplication multiplication() {
    return multiplication;
  }

  synchronized IntegerWeights weights() {
    if (weights == null) {
      weights =
          new IntegerWeights(
              operator.weights().shape(),
              quantized(),
              steps.weightScales(),
              steps.bias(),
              steps.multipliers());
    }
    return weights;
  }

  private byte[] quantized() {
    float[] values = operator.weights().values();
    multiplication.multiply(values, 0, values);
    byte[] codes = new byte[values.length];
    int weightMax = network.spec().weightMax();
    for (int i = 0; i < codes.length; i++) {
      float scale = steps.weightScales()[i / operator.filterSize()];
      codes[i] = (byte) WeightThreshold.quantize(values[i], scale, weightMax);
    }
    rounding.ifPresent(layer -> move(codes, layer.moves(), weightMax));
    return codes;
  }

  private void move(byte[] codes, byte[] moves, int weightMax) {
    for (int i = 0; i < codes.length; i++) {
      int moved = codes[i] + moves[i];
      if (Math.abs(moved) > weightMax) {
        throw new IllegalArgumentException(
            "Cannot round weight %d of %s to %d: integers end at %d. The rounding is of other scales."
                .formatted(i, name, moved, weightMax));
      }
      codes[i] = (byte) moved;
    }
  }

  /** The float operator that the integers are the rounding of. */
  Linear real() {
    float[] values = operator.weights().values();
    if (rounding.isPresent()) {
      byte[] codes = weights().codes();
      for (int i = 0; i < values.length; i++) {
        values[i] = codes[i] * steps.weightScales()[i / operator.filterSize()];
      }
    } else {
      multiplication.multiply(values, 0, values);
    }
    double[] biases = biases(steps.weightScales());
    float[] bias = new float[biases.length];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) biases[k];
    }
    return operator.with(
        Tensor.of(values, operator.weights().shape()), Tensor.of(bias, bias.length));
  }
}
