package dev.thresher.evaluate;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.ThresholdRow.State;
import dev.thresher.network.Linear;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.ScaleLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What training moved: every quantizer before and after. */
public final class ThresholdTable {
  /** Less than any move of a scale that matters, more than float rounding. */
  private static final double NONE = 1e-6;

  private final ThresholdedNetwork network;
  private final ScaleLimits limits;
  private final Version before;
  private final Version after;

  /** A vector of scales, clamped, and the integers made from it. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Version(float[] scales, IntegerNetwork integers) {
    static Version of(ThresholdedNetwork network, float[] scales) {
      float[] clamped = scales.clone();
      network.clamp(clamped);
      return new Version(clamped, IntegerNetwork.of(network, clamped));
    }
  }

  private ThresholdTable(ThresholdedNetwork network, float[] scales) {
    this.network = network;
    this.limits = network.spec().limits();
    this.before = Version.of(network, network.initialScales());
    this.after = Version.of(network, scales);
  }

  /**
   * The rows of every layer in the order of execution: its weights', filter by filter, and then its
   * activation's.
   *
   * @param scales trained vector
   */
  public static List<ThresholdRow> of(ThresholdedNetwork network, float[] scales) {
    ThresholdTable table = new ThresholdTable(network, scales);
    Map<String, Block> weights = new HashMap<>();
    network.layout().weights().forEach(block -> weights.put(block.name(), block));
    List<ThresholdRow> rows = new ArrayList<>();
    int layer = 0;
    for (Block activation : network.layout().activations()) {
      if (weights.containsKey(activation.name())) {
        table.addWeights(layer, weights.get(activation.name()), rows);
      }
      rows.add(table.activation(layer, activation));
      layer++;
    }
    return rows;
  }

  private void addWeights(int layer, Block block, List<ThresholdRow> rows) {
    Linear weighted = (Linear) network.graph().node(block.name()).operator();
    for (int k = 0; k < block.count(); k++) {
      boolean perFilter = block.count() == weighted.filters();
      rows.add(
          new ThresholdRow(
              layer,
              block.name(),
              "weights",
              perFilter ? OptionalLong.of(k) : OptionalLong.empty(),
              weights(before, block, k),
              weights(after, block, k),
              limits,
              end(after.scales[block.offset() + k], limits.low(), limits.high()),
              ""));
    }
  }

  private State weights(Version version, Block block, int k) {
    float scale = version.integers.steps(block.name()).weightScales()[k];
    double threshold = (double) scale * network.spec().weightMax();
    float alpha = version.scales[block.offset() + k];
    return new State(-threshold, threshold, alpha, OptionalDouble.empty(), scale, 0);
  }

  private ThresholdRow activation(int layer, Block block) {
    State now = activation(after, block);
    String shiftEnd =
        now.shift().isPresent()
            ? end(now.shift().getAsDouble(), limits.shiftLow(), limits.shiftHigh())
            : "";
    return new ThresholdRow(
        layer,
        block.name(),
        "activation",
        OptionalLong.empty(),
        activation(before, block),
        now,
        limits,
        end(now.alpha(), limits.low(), limits.high()),
        shiftEnd);
  }

  private State activation(Version version, Block block) {
    Quantizer grid = version.integers.quantizer(block.name());
    int last = block.offset() + block.count() - 1;
    boolean shifts = block.count() == 2;
    return new State(
        grid.dequantize(grid.qmin()),
        grid.dequantize(grid.qmax()),
        version.scales[last],
        shifts ? OptionalDouble.of(version.scales[block.offset()]) : OptionalDouble.empty(),
        grid.scale(),
        grid.zeroPoint());
  }

  private static String end(double value, double low, double high) {
    return value - low < NONE ? "low" : high - value < NONE ? "high" : "";
  }
}
