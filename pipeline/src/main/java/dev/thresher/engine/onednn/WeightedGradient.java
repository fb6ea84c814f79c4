package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.WeightGradients;
import dev.thresher.quantize.WeightThreshold;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Backward of one weighted node: gradients of its input and of its weights' thresholds. */
final class WeightedGradient {
  private final WeightedStep step;
  private final GradientTensor out;
  private final GradientBuffer inputGradient;
  private final Scratch scratch;
  private final TransposedConvolution transposed;
  private final WeightSum weightGradients;
  private final WeightGradients sums = new WeightGradients();
  private final Optional<NativeBuffer> inputMeans;

  /**
   * What the weighted nodes of a pass use one after the other.
   *
   * @param outputGradient the gradient of the images at work at a node's output
   * @param values their centred codes at its input
   * @param plainWeights codes in the graph's order
   * @param parts weight gradients of the images at work
   * @param plainGradients weight gradients of all images in the graph's order; before, weights
   *     about to be packed
   */
  record Scratch(
      NativeBuffer outputGradient,
      NativeBuffer values,
      NativeBuffer plainWeights,
      WeightConvolution.Parts parts,
      NativeBuffer plainGradients) {}

  WeightedGradient(
      NativePlan plan,
      WeightedStep step,
      GradientTensor out,
      GradientBuffer inputGradient,
      Scratch scratch,
      boolean inputIsShifted,
      Optional<float[]> inputMeans) {
    this.step = step;
    this.out = out;
    this.inputGradient = inputGradient;
    this.scratch = scratch;
    Geometry geometry = step.geometry();
    this.transposed =
        new TransposedConvolution(
            plan, geometry, scratch.plainGradients(), scratch.outputGradient());
    Optional<WeightSum> product =
        WeightProduct.of(
            plan, geometry, in(), inputIsShifted, scratch.outputGradient(), inputMeans.isPresent());
    this.weightGradients =
        product.orElseGet(
            () ->
                new WeightConvolution(
                    plan,
                    geometry,
                    in(),
                    scratch.values(),
                    scratch.outputGradient(),
                    scratch.parts(),
                    scratch.plainGradients(),
                    inputMeans.isPresent()));
    this.inputMeans = inputMeans.map(means -> buffer(plan, means));
  }

  private static NativeBuffer buffer(NativePlan plan, float[] values) {
    NativeBuffer buffer = plan.elements(values.length, Float.BYTES, "input means");
    for (int i = 0; i < values.length; i++) {
      buffer.bytes().putFloat(i * Float.BYTES, values[i]);
    }
    return buffer;
  }

  /** Takes over the codes that the step just quantized. */
  void configure(IntegerNetwork network) {
    step.configure(network);
    transposed.pack(scratch.plainWeights().bytes(), step.weightScales());
  }

  void clear() {
    weightGradients.clear();
  }

  void run(int firstImage) {
    out.pass(firstImage, step.images(), scratch.outputGradient().bytes(), 0);
    transposed.run(inputGradient.address(firstImage));
    weightGradients.run(firstImage);
  }

  private CodeTensor in() {
    return step.in().get(0);
  }

  /** Writes the gradient of the node's scales. */
  void write(ThresholdedNetwork network, Block scaleBlock, float[] scales, float[] gradient) {
    ByteBuffer gradients = weightGradients.plain();
    double inputScale = in().quantizer().scale();
    float[] weightSteps = step.weightScales();
    int taps = step.geometry().filterSize();
    int each = weightSteps.length / scaleBlock.count();
    double[] takenUp = takenUp(network);
    for (int i = 0; i < scaleBlock.count(); i++) {
      double sum = 0;
      for (int k = i * each; k < (i + 1) * each; k++) {
        sum += inputScale * dot(network, k, gradients, k * taps) - takenUp[k];
      }
      float alpha = scales[scaleBlock.offset() + i];
      WeightThreshold threshold = network.weightThreshold(step.node().name(), i);
      // A step that was widened for the bias does not follow alpha.
      boolean widened = weightSteps[i * each] != (float) threshold.scale(alpha);
      gradient[scaleBlock.offset() + i] = widened ? 0f : threshold.gradient(sum, alpha);
    }
  }

  /** What biases that correct for rounding take up of the gradient by the threshold, by filter. */
  private double[] takenUp(ThresholdedNetwork network) {
    double[] takenUp = new double[step.weightScales().length];
    for (int k = 0; k < takenUp.length && inputMeans.isPresent(); k++) {
      int meansAt = network.inputMeansAt(step.node().name(), k);
      takenUp[k] =
          dot(network, k, inputMeans.get().bytes(), meansAt) * weightGradients.outputSum(k);
    }
    return takenUp;
  }

  /** Factors of a filter's weights, times what each weight's rounding follows of the threshold. */
  private double dot(ThresholdedNetwork network, int filter, ByteBuffer factors, int factorsAt) {
    int taps = step.geometry().filterSize();
    return sums.dot(
        step.multipliedWeights(),
        filter * taps,
        taps,
        step.weightScales()[filter],
        network.spec().weightMax(),
        factors,
        factorsAt);
  }

  /** Writes the gradient of the multipliers of the node's weights. */
  void writeMultipliers(
      ThresholdedNetwork network, Block multipliers, float[] trained, float[] gradient) {
    ByteBuffer gradients = weightGradients.plain();
    double inputScale = in().quantizer().scale();
    int weightMax = network.spec().weightMax();
    float[] weightSteps = step.weightScales();
    float[] weights = step.weights();
    float[] multiplied = step.multipliedWeights();
    int taps = step.geometry().filterSize();
    for (int i = 0; i < weights.length; i++) {
      float weightStep = weightSteps[i / taps];
      double product =
          WeightThreshold.isInside(multiplied[i], weightStep, weightMax)
              ? inputScale * gradients.getFloat(i * Float.BYTES)
              : 0;
      int at = multipliers.offset() + i;
      gradient[at] = network.spec().multipliers().gradient(product, weights[i], trained[at]);
    }
  }
}
