package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetwork.Steps;
import dev.thresher.engine.onednn.vector.Lanes;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.engine.onednn.vector.WeightGrid;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Weighted;
import java.nio.IntBuffer;

/** The integer forward pass of one weighted node. */
final class WeightedStep implements IntegerStep {
  private final Node node;
  private final Geometry geometry;
  private final CodeTensor in;
  private final CodeTensor out;
  private final Workspace work;
  private final IntegerConvolution convolution;
  private final float[] weights;
  private final IntegerConvolution.Packed codes = new IntegerConvolution.Packed();
  private final IntegerConvolution.Packed residuals = new IntegerConvolution.Packed();
  private final IntegerConvolution.Packed signs = new IntegerConvolution.Packed();
  private final int[] codeSums;
  private final int[] residualSums;
  private final int[] signSums;
  private final int[] offsets;
  private final int[] bias;
  private final float[] multipliers;
  private float[] weightScales;
  private boolean anyOutside;

  WeightedStep(
      NativePlan plan,
      Node node,
      Geometry geometry,
      CodeTensor in,
      CodeTensor out,
      Workspace work) {
    this.node = node;
    this.geometry = geometry;
    this.in = in;
    this.out = out;
    this.work = work;
    this.weights = ((Weighted) node.operator()).weights().values();
    this.convolution = new IntegerConvolution(plan, geometry, work.isShifted(in), work.plain());
    int filters = geometry.out().channels();
    int period = Lanes.period(filters);
    this.codeSums = new int[filters];
    this.residualSums = new int[filters];
    this.signSums = new int[filters];
    this.offsets = new int[filters];
    this.bias = new int[period];
    this.multipliers = new float[period];
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public CodeTensor out() {
    return out;
  }

  CodeTensor in() {
    return in;
  }

  Geometry geometry() {
    return geometry;
  }

  IntegerConvolution convolution() {
    return convolution;
  }

  IntegerConvolution.Packed residuals() {
    return residuals;
  }

  IntegerConvolution.Packed signs() {
    return signs;
  }

  boolean anyOutside() {
    return anyOutside;
  }

  float[] weightScales() {
    return weightScales;
  }

  /** Per filter, what the zero point adds to a convolution with the residuals. */
  void residualOffsets(int[] period) {
    offsets(residualSums, period);
  }

  /** Per filter, what the zero point adds to a convolution with the signs. */
  void signOffsets(int[] period) {
    offsets(signSums, period);
  }

  private void offsets(int[] sums, int[] period) {
    int zeroPoint = convolution.subtractsZeroPoint() ? 0 : in.quantizer().zeroPoint();
    for (int k = 0; k < offsets.length; k++) {
      offsets[k] = -zeroPoint * sums[k];
    }
    Periods.repeat(offsets, period);
  }

  @Override
  public long heapBytes() {
    return 4L * (weights.length + 4L * codeSums.length + 2L * bias.length);
  }

  @Override
  public void configure(IntegerNetwork network) {
    Steps steps = network.steps(node.name());
    weightScales = steps.weightScales();
    int weightMax = network.network().spec().weightMax();
    int taps = geometry.filterSize();
    int magnitudes = 0;
    anyOutside = false;
    WeightGrid grid = work.weightGrid();
    for (int k = 0; k < codeSums.length; k++) {
      grid.quantize(weights, k * taps, taps, weightScales[k], weightMax);
      codeSums[k] = grid.codeSum();
      residualSums[k] = grid.residualSum();
      signSums[k] = grid.signSum();
      anyOutside |= grid.outside() > 0;
      magnitudes = Math.max(magnitudes, grid.magnitudeSum());
    }
    work.showCodes(weights.length);
    convolution.zeroPoint(in.quantizer().zeroPoint());
    convolution.pack(codes, magnitudes);
    offsets(codeSums, bias);
    for (int i = 0; i < bias.length; i++) {
      bias[i] += steps.bias()[i % codeSums.length];
    }
    Periods.repeat(steps.multipliers(), multipliers);
  }

  /** Packs the derivatives that {@link #configure} left in the workspace. */
  void packDerivatives() {
    work.showResiduals(weights.length);
    convolution.pack(residuals, 0);
    if (anyOutside) {
      work.showSigns(weights.length);
      convolution.pack(signs, 0);
    }
  }

  @Override
  public void forward(int chunk) {
    convolution.run(codes, in.address(chunk), work.accumulators(), work.spare());
    IntBuffer sums = work.accumulators().ints();
    Blocks block = work.blocks();
    int n = out.chunkSize();
    int size = Blocks.size(out.shape().channels());
    for (int at = 0; at < n; at += size) {
      int length = Math.min(size, n - at);
      sums.get(at, block.ints, 0, length);
      Requantization.steps(block.ints, bias, multipliers, block.floats, length);
      out.write(chunk, at, block, length);
    }
  }
}
