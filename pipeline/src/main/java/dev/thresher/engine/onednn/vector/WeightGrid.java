package dev.thresher.engine.onednn.vector;

import dev.thresher.quantize.WeightThreshold;
import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Quantizes the weights of one filter, exactly as {@link WeightThreshold#quantize}. */
public final class WeightGrid {
  private final ByteBuffer codes;
  private int codeSum;
  private int magnitudeSum;

  /** Writes to this buffer, a byte for each weight. */
  public WeightGrid(ByteBuffer codes) {
    this.codes = codes;
  }

  /**
   * Quantizes {@code n} weights from {@code at} on.
   *
   * @param scale real value of a step
   * @param max greatest magnitude of a code, Q
   */
  public void quantize(float[] weights, int at, int n, float scale, int max) {
    codeSum = 0;
    magnitudeSum = 0;
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    IntVector codeLanes = IntVector.zero(Lanes.INTS);
    IntVector magnitudeLanes = codeLanes;
    for (int i = at; i < at + whole; i += Lanes.COUNT) {
      FloatVector steps = FloatVector.fromArray(Lanes.FLOATS, weights, i).div(scale);
      FloatVector rounder = steps.add(Lanes.ROUNDER);
      FloatVector residual = rounder.sub(Lanes.ROUNDER).sub(steps);
      // A float quotient that is no tie rounds as the exact one does; a tie needs the exact one.
      if (residual.abs().compare(VectorOperators.EQ, 0.5f).anyTrue()) {
        byOne(weights, i, Lanes.COUNT, scale, max);
        continue;
      }
      IntVector code = rounder.reinterpretAsInts().sub(Lanes.ROUNDER_BITS).max(-max).min(max);
      Lanes.writeBytes(code, codes, i);
      codeLanes = codeLanes.add(code);
      magnitudeLanes = magnitudeLanes.add(code.abs());
    }
    codeSum += codeLanes.reduceLanes(VectorOperators.ADD);
    magnitudeSum += magnitudeLanes.reduceLanes(VectorOperators.ADD);
    byOne(weights, at + whole, n - whole, scale, max);
  }

  private void byOne(float[] weights, int at, int n, float scale, int max) {
    for (int i = at; i < at + n; i++) {
      int code = WeightThreshold.quantize(weights[i], scale, max);
      codes.put(i, (byte) code);
      codeSum += code;
      magnitudeSum += Math.abs(code);
    }
  }

  /** Sum of the codes of the filter last quantized. */
  public int codeSum() {
    return codeSum;
  }

  /** Sum of their magnitudes. */
  public int magnitudeSum() {
    return magnitudeSum;
  }
}
