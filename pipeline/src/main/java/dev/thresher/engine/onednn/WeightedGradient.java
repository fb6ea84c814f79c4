package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.Lanes;
import dev.thresher.engine.onednn.vector.StraightThrough;
import dev.thresher.engine.onednn.vector.WeightGrid;
import dev.thresher.quantize.WeightThreshold;

/**
 * Backward of one weighted node. The gradient of a filter's threshold is
 *
 * <pre>
 *   dL/dT_k = sum over positions of g_k * conv(x_hat, d w_hat_k / dT_k)
 * </pre>
 *
 * so it takes no gradient of single weights, only the node's own integer convolution with the
 * derivatives for weights: rounding residuals in steps of 1 / 254 grid step, and the signs of
 * saturated weights.
 */
final class WeightedGradient {
  private final WeightedStep step;
  private final Workspace work;
  private final GradientTensor out;
  private final TransposedConvolution transposed;
  private final NativeBuffer outputGradient;
  private final int blockSize;
  private final int[] residualOffsets;
  private final int[] signOffsets;
  private final float[] weightScales;
  private final float[] residualSums;
  private final float[] signSums;
  private final double[] filterSums;
  private final double[] filterSignSums;

  WeightedGradient(
      NativePlan plan,
      WeightedStep step,
      Workspace work,
      GradientTensor out,
      NativeBuffer outputGradient,
      NativeBuffer inputGradient) {
    this.step = step;
    this.work = work;
    this.out = out;
    this.outputGradient = outputGradient;
    this.transposed =
        new TransposedConvolution(
            plan, step.geometry(), work.plain(), outputGradient, inputGradient);
    int filters = step.geometry().out().channels();
    int period = Lanes.period(filters);
    this.blockSize = Blocks.size(filters);
    this.residualOffsets = new int[period];
    this.signOffsets = new int[period];
    this.weightScales = new float[period];
    this.residualSums = new float[period];
    this.signSums = new float[period];
    this.filterSums = new double[filters];
    this.filterSignSums = new double[filters];
  }

  long heapBytes() {
    return 4L * 5 * residualOffsets.length + 8L * 2 * filterSums.length;
  }

  /** Takes over codes and derivatives that the step just quantized. */
  void configure(IntegerNetwork network) {
    step.configure(network);
    transposed.pack();
    step.packDerivatives();
    step.residualOffsets(residualOffsets);
    step.signOffsets(signOffsets);
    Periods.repeat(step.weightScales(), weightScales);
  }

  void clear() {
    out.clear();
    java.util.Arrays.fill(filterSums, 0);
    java.util.Arrays.fill(filterSignSums, 0);
  }

  void run(int chunk) {
    IntegerConvolution convolution = step.convolution();
    var codes = step.in().address(chunk);
    convolution.run(step.residuals(), codes, work.accumulators(), work.spare());
    if (step.anyOutside()) {
      convolution.run(step.signs(), codes, work.others(), work.spare());
    }
    int n = out.codes().chunkSize();
    for (int at = 0; at < n; at += blockSize) {
      block(chunk, at, Math.min(blockSize, n - at));
    }
    Periods.drain(residualSums, filterSums);
    Periods.drain(signSums, filterSignSums);
    transposed.run();
  }

  private void block(int chunk, int at, int n) {
    Blocks block = work.blocks();
    out.passBlock(chunk, at, n, block);
    work.accumulators().ints().get(at, block.ints, 0, n);
    StraightThrough.reduce(block.floats, block.ints, n, residualOffsets, residualSums);
    if (step.anyOutside()) {
      work.others().ints().get(at, block.ints, 0, n);
      StraightThrough.reduce(block.floats, block.ints, n, signOffsets, signSums);
    }
    if (transposed.readsBfloats()) {
      StraightThrough.scaleToBfloat(block.floats, weightScales, block.shorts, n);
      outputGradient.shorts().put(at, block.shorts, 0, n);
    } else {
      StraightThrough.scale(block.floats, weightScales, n);
      outputGradient.floats().put(at, block.floats, 0, n);
    }
  }

  /** Writes the gradient of the node's scales. */
  void write(ThresholdedNetwork network, Block scaleBlock, float[] scales, float[] gradient) {
    double inputScale = step.in().quantizer().scale();
    double unit = 2.0 * WeightGrid.RESIDUAL_MAX * network.spec().weightMax();
    int each = filterSums.length / scaleBlock.count();
    for (int i = 0; i < scaleBlock.count(); i++) {
      double sum = 0;
      for (int k = i * each; k < (i + 1) * each; k++) {
        sum += inputScale * (filterSums[k] / unit + filterSignSums[k]);
      }
      float alpha = scales[scaleBlock.offset() + i];
      WeightThreshold threshold = network.weightThreshold(step.node().name(), i);
      // A step that was widened for the bias does not follow alpha.
      boolean widened = step.weightScales()[i * each] != (float) threshold.scale(alpha);
      gradient[scaleBlock.offset() + i] = widened ? 0f : threshold.gradient(sum, alpha);
    }
  }
}
