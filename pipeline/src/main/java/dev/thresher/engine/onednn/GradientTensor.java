package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.CodeGrid;
import dev.thresher.engine.onednn.vector.Gradients;
import dev.thresher.engine.onednn.vector.StraightThrough;
import dev.thresher.quantize.StraightThroughSums;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The gradient at one tensor: what its readers contribute, and the sums that its thresholds need.
 */
final class GradientTensor {
  /** Elements whose sums are kept in float32. */
  private static final int BLOCK = 16384;

  private final CodeTensor codes;
  private final List<GradientBuffer> contributions = new ArrayList<>();
  private final StraightThrough rules = new StraightThrough();
  private final double[] sums = new double[3];

  GradientTensor(CodeTensor codes) {
    this.codes = codes;
  }

  CodeTensor codes() {
    return codes;
  }

  void contribute(GradientBuffer buffer) {
    contributions.add(buffer);
  }

  void clear() {
    Arrays.fill(sums, 0);
  }

  /** What passes, of some images, from {@code to} on. */
  void pass(int firstImage, int images, ByteBuffer out, int to) {
    int n = images * codes.shape().size();
    GradientBuffer first = contributions.get(0);
    ByteBuffer g = first.bytes();
    int from = first.start(firstImage);
    for (int i = 1; i < contributions.size(); i++) {
      GradientBuffer next = contributions.get(i);
      Gradients.add(g, from, next.bytes(), next.start(firstImage), out, to, n);
      g = out;
      from = to;
    }
    int states = codes.start(firstImage);
    for (int at = 0; at < n; at += BLOCK) {
      int length = Math.min(BLOCK, n - at);
      rules.mask(g, from + at, codes.states(), states + at, out, to + at, length, sums);
    }
  }

  StraightThroughSums sums() {
    double net = sums[StraightThrough.NET];
    double gross = sums[StraightThrough.GROSS];
    CodeGrid grid = codes.grid();
    return new StraightThroughSums(
        sums[StraightThrough.ROUNDING] / StraightThrough.RESOLUTION,
        grid.blocksHigh() ? 0 : (gross - net) / 2,
        grid.blocksLow() ? 0 : (gross + net) / 2);
  }
}
