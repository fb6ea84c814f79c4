package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.LayerSteps;
import dev.thresher.engine.onednn.FusedConvolution.Output;
import dev.thresher.engine.onednn.vector.Lanes;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.engine.onednn.vector.WeightGrid;
import dev.thresher.network.Node;
import java.util.List;
import java.util.Optional;

/**
 * The integer forward pass of one weighted node: fused where that is exact and fast, else sums
 * first.
 */
final class WeightedStep implements IntegerStep {
  private final NativePlan plan;
  private final Node node;
  private final Geometry geometry;
  private final CodeTensor in;
  private final CodeTensor out;
  private final Workspace work;
  private final Output output;
  private final FusedConvolution fused;
  private final float[] weights;
  private float[] multiplied;
  private final int[] bias;
  private IntegerConvolution sums;
  private int[] sumBias = new int[0];
  private float[] multipliers = new float[0];
  private float[] weightScales;
  private boolean isFused;

  WeightedStep(
      NativePlan plan,
      Node node,
      Geometry geometry,
      CodeTensor in,
      CodeTensor out,
      Workspace work,
      Output output) {
    this.plan = plan;
    this.node = node;
    this.geometry = geometry;
    this.in = in;
    this.out = out;
    this.work = work;
    this.output = output;
    this.weights = node.weighted().weights().values();
    this.multiplied = weights;
    this.bias = new int[geometry.out().channels()];
    this.fused =
        Native.sumsBytesExactly()
            ? new FusedConvolution(plan, geometry, work.isShifted(in), work.plain(), output)
            : null;
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public List<CodeTensor> in() {
    return List.of(in);
  }

  @Override
  public CodeTensor out() {
    return out;
  }

  @Override
  public int images() {
    return geometry.images();
  }

  Geometry geometry() {
    return geometry;
  }

  /** Real values, in the graph's order, before their multipliers. */
  float[] weights() {
    return weights;
  }

  /** Real values times their multipliers. */
  float[] multipliedWeights() {
    return multiplied;
  }

  /** Real value of a weight step, per filter. */
  float[] weightScales() {
    return weightScales;
  }

  @Override
  public long heapBytes() {
    int own = multiplied == weights ? 0 : multiplied.length;
    return 4L * (weights.length + own + bias.length + sumBias.length + multipliers.length);
  }

  /** Leaves the weights' codes in the workspace's plain buffer. */
  @Override
  public void configure(IntegerNetwork network) {
    LayerSteps steps = network.steps(node.name());
    weightScales = steps.weightScales();
    int weightMax = network.network().spec().weightMax();
    int taps = geometry.filterSize();
    boolean subtracts = work.isShifted(in) && geometry.isPadded();
    int zeroPoint = in.quantizer().zeroPoint();
    int magnitudes = 0;
    WeightGrid grid = work.weightGrid();
    multiply(network);
    Optional<byte[]> chosen =
        network.rounding().layer(node.name()).map(layer -> network.weights(node.name()).codes());
    for (int k = 0; k < bias.length; k++) {
      if (chosen.isPresent()) {
        grid.load(chosen.get(), k * taps, taps);
      } else {
        grid.quantize(multiplied, k * taps, taps, weightScales[k], weightMax);
      }
      bias[k] = steps.bias()[k] - (subtracts ? 0 : zeroPoint * grid.codeSum());
      magnitudes = Math.max(magnitudes, grid.magnitudeSum());
    }
    isFused = fused != null && fused.isFast() && FusedConvolution.isExact(magnitudes, bias);
    if (isFused) {
      fused.load(zeroPoint, bias, steps.multipliers());
    } else {
      configureSums(magnitudes, zeroPoint, steps.multipliers());
    }
  }

  private void multiply(IntegerNetwork network) {
    if (network.network().spec().multipliers().areTrained()) {
      multiplied = multiplied == weights ? new float[weights.length] : multiplied;
      network.multiply(node.name(), weights, multiplied);
    }
  }

  private void configureSums(int magnitudes, int zeroPoint, float[] perFilter) {
    if (sums == null) {
      sums = new IntegerConvolution(plan, geometry, work.isShifted(in), work.plain());
      sumBias = new int[Lanes.period(bias.length)];
      multipliers = new float[sumBias.length];
    }
    sums.zeroPoint(zeroPoint);
    sums.pack(magnitudes);
    Periods.repeat(bias, sumBias);
    Periods.repeat(perFilter, multipliers);
  }

  @Override
  public void forward(int firstImage) {
    if (isFused && output instanceof Output.Codes) {
      fused.run(in.address(firstImage), out.address(firstImage));
      return;
    }
    NativeBuffer steps = work.accumulators();
    if (isFused) {
      fused.run(in.address(firstImage), steps.at(0));
    } else {
      sums.run(in.address(firstImage), steps, work::spare);
      Requantization.steps(steps.bytes(), sumBias, multipliers, elements());
    }
    out.write(steps.bytes(), firstImage, elements());
  }
}
