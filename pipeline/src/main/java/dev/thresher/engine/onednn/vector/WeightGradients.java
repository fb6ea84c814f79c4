package dev.thresher.engine.onednn.vector;

import dev.thresher.quantize.WeightThreshold;
import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Gradients of weights, and what they make of a threshold. */
public final class WeightGradients {
  private final float[] lanes = new float[Lanes.COUNT];

  /** {@code sum += part}. */
  public static void add(ByteBuffer part, ByteBuffer sum, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.store(Lanes.floats(sum, i).add(Lanes.floats(part, i)), sum, i);
    }
  }

  /**
   * Sum over the weights of one filter of a factor times {@link WeightThreshold#derivative}.
   *
   * @param factors such as the gradient of every weight, in the order of the weights
   * @param factorsAt where those of the filter begin
   * @param scale real value of a step
   * @param max greatest magnitude of a code, Q
   */
  public double dot(
      float[] weights, int at, int n, float scale, int max, ByteBuffer factors, int factorsAt) {
    int offset = factorsAt - at;
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    FloatVector insideSum = FloatVector.zero(Lanes.FLOATS);
    FloatVector outsideSum = insideSum;
    for (int i = at; i < at + whole; i += Lanes.COUNT) {
      FloatVector steps = Lanes.floats(weights, i).div(scale);
      FloatVector rounder = steps.add(Lanes.ROUNDER);
      IntVector integers = rounder.reinterpretAsInts().sub(Lanes.ROUNDER_BITS);
      FloatVector residual = rounder.sub(Lanes.ROUNDER).sub(steps);
      IntVector sign = integers.sub(integers.max(-max).min(max)).max(-1).min(1);
      IntVector inside = sign.abs().sub(1);
      IntVector g = Lanes.ints(factors, offset + i);
      insideSum = g.and(inside).reinterpretAsFloats().fma(residual, insideSum);
      outsideSum = g.reinterpretAsFloats().fma(Lanes.toFloats(sign), outsideSum);
    }
    double sum = total(insideSum) / max + total(outsideSum);
    for (int i = at + whole; i < at + n; i++) {
      double g = factors.getFloat((offset + i) * Float.BYTES);
      sum += g * WeightThreshold.derivative(weights[i], scale, max);
    }
    return sum;
  }

  /** In a fixed order, which the lanes' own reduction does not promise. */
  private double total(FloatVector vector) {
    Lanes.carried(vector).intoArray(lanes, 0);
    double sum = 0;
    for (float lane : lanes) {
      sum += lane;
    }
    return sum;
  }
}
