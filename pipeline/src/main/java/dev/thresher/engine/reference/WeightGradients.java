package dev.thresher.engine.reference;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Linear;
import dev.thresher.quantize.WeightThreshold;
import java.util.Arrays;
import java.util.Optional;

/**
 * The threshold gradient of one weight tensor: per filter, the sum over its weights of loss
 * gradient times {@link WeightThreshold#derivative}, less what biases that correct for rounding
 * take up of it. Buffers are made once; {@link #prepare} takes the scales of a step.
 */
final class WeightGradients {
  private final ThresholdedNetwork network;
  private final Block block;
  private final LinearMap map;
  private final Optional<float[]> inputMeans;
  private final float[] weights;
  private final float[][] gradient;
  private final float[][] total; // of all images, where multipliers are trained
  private float[] multiplied;
  private double[] sums;
  private double[] takenUp; // by the bias, per unit of the output's gradient
  private float[][] derivatives;
  private float[][] transposed;
  private double inputScale;

  WeightGradients(ThresholdedNetwork network, Block block, LinearMap map) {
    this.network = network;
    this.block = block;
    this.map = map;
    this.inputMeans = network.inputMeans(block.name());
    this.weights = weighted().weights().values();
    this.gradient = map.pack(weights);
    boolean areTrained = network.spec().multipliers().areTrained();
    this.total = areTrained ? map.pack(weights) : new float[0][];
    this.multiplied = weights;
  }

  private Linear weighted() {
    return network.graph().node(block.name()).weighted();
  }

  /** Takes the step's integers; forgets what was summed. */
  void prepare(IntegerNetwork integers) {
    IntegerWeights quantized = integers.weights(block.name());
    float[] scales = quantized.scales();
    byte[] codes = quantized.codes();
    multiplied = new float[weights.length];
    integers.multiply(block.name(), weights, multiplied);
    int filters = scales.length;
    int each = weights.length / filters;
    int max = network.spec().weightMax();
    float[] derivative = new float[weights.length];
    float[] real = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      float scale = scales[i / each];
      derivative[i] = (float) WeightThreshold.derivative(multiplied[i], scale, max);
      real[i] = codes[i] * scale;
    }
    takenUp = inputMeans.isPresent() ? takenUp(derivative, filters) : new double[0];
    derivatives = map.pack(derivative);
    transposed = map.packTransposed(real);
    sums = new double[filters];
    for (float[] row : total) {
      Arrays.fill(row, 0f);
    }
    inputScale = integers.quantizer(network.graph().node(block.name()).inputs().get(0)).scale();
  }

  private double[] takenUp(float[] derivative, int filters) {
    double[] sums = new double[filters];
    int each = derivative.length / filters;
    float[] means = inputMeans.orElseThrow();
    for (int k = 0; k < filters; k++) {
      int meansAt = network.inputMeansAt(block.name(), k);
      for (int j = 0; j < each; j++) {
        sums[k] += (double) derivative[k * each + j] * means[meansAt + j];
      }
    }
    return sums;
  }

  /** {@code gx += W_hat^T g}: real units in, real units out. */
  void backwardData(float[][] g, float[][] gx) {
    map.backwardData(g, transposed, gx);
  }

  /** Adds one image: {@code x} in steps of the input's grid, {@code g} in real units. */
  void add(float[][] x, float[][] g) {
    for (float[] row : gradient) {
      Arrays.fill(row, 0f);
    }
    map.backwardWeights(x, g, gradient);
    float[] image = map.sumsOfProducts(gradient, derivatives);
    for (int k = 0; k < image.length; k++) {
      sums[k] += image[k] * inputScale;
    }
    if (inputMeans.isPresent()) {
      for (float[] position : g) {
        for (int k = 0; k < sums.length; k++) {
          sums[k] -= position[k] * takenUp[k];
        }
      }
    }
    for (int r = 0; r < total.length; r++) {
      for (int c = 0; c < total[r].length; c++) {
        total[r][c] += gradient[r][c];
      }
    }
  }

  /** Writes the gradients of this tensor's scales. */
  void write(IntegerNetwork integers, float[] scales, float[] target) {
    float[] used = integers.steps(block.name()).weightScales();
    int filters = used.length / block.count();
    for (int k = 0; k < block.count(); k++) {
      float alpha = scales[block.offset() + k];
      WeightThreshold threshold = network.weightThreshold(block.name(), k);
      double sum = 0;
      for (int f = k * filters; f < (k + 1) * filters; f++) {
        sum += sums[f];
      }
      // A step that was widened for its bias does not follow its scale.
      boolean follows = used[k * filters] == (float) threshold.scale(alpha);
      target[block.offset() + k] = follows ? threshold.gradient(sum, alpha) : 0f;
    }
  }

  /** Writes the gradients of the multipliers of this tensor's weights. */
  void writeMultipliers(
      IntegerNetwork integers, Block multipliers, float[] trained, float[] target) {
    float[] used = integers.steps(block.name()).weightScales();
    int each = weights.length / used.length;
    int max = network.spec().weightMax();
    float[] gradients = map.unpack(total);
    for (int i = 0; i < weights.length; i++) {
      boolean isInside = WeightThreshold.isInside(multiplied[i], used[i / each], max);
      double product = isInside ? inputScale * gradients[i] : 0;
      int at = multipliers.offset() + i;
      target[at] = network.spec().multipliers().gradient(product, weights[i], trained[at]);
    }
  }

  long bytes() {
    return 4L * weights.length
        + 2 * RowNetwork.bytes(gradient)
        + RowNetwork.bytes(total)
        + 4L * weights.length
        + 8L * weighted().filters();
  }
}
