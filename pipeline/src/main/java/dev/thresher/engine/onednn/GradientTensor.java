package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.StraightThrough;
import dev.thresher.quantize.StraightThroughSums;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient at one tensor of a chunk: what its readers contribute, and the sums that its
 * thresholds need.
 */
final class GradientTensor {
  private final CodeTensor codes;
  private final List<NativeBuffer> contributions = new ArrayList<>();
  private final double[] sums = new double[3];

  GradientTensor(CodeTensor codes) {
    this.codes = codes;
  }

  CodeTensor codes() {
    return codes;
  }

  void contribute(NativeBuffer buffer) {
    contributions.add(buffer);
  }

  void clear() {
    java.util.Arrays.fill(sums, 0);
  }

  /** Adds up the contributions to one block, and leaves in its floats what passes. */
  void passBlock(int chunk, int at, int n, Blocks block) {
    contributions.get(0).floats().get(at, block.floats, 0, n);
    for (int i = 1; i < contributions.size(); i++) {
      contributions.get(i).floats().get(at, block.otherFloats, 0, n);
      StraightThrough.add(block.floats, block.otherFloats, n);
    }
    block.zeroFloatsBeyond(n);
    codes.states().get(codes.start(chunk) + at, block.bytes, 0, n);
    StraightThrough.mask(block.floats, block.bytes, n, block.lanes, sums);
  }

  StraightThroughSums sums() {
    double net = sums[StraightThrough.NET];
    double gross = sums[StraightThrough.GROSS];
    return new StraightThroughSums(
        sums[StraightThrough.ROUNDING] / StraightThrough.RESOLUTION,
        (gross + net) / 2,
        (gross - net) / 2);
  }
}
