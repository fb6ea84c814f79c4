package dev.thresher.engine.onednn.vector;

import dev.thresher.quantize.WeightThreshold;
import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The codes of one filter's weights: quantized here, exactly as {@link WeightThreshold#quantize},
 * or chosen elsewhere.
 */
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
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    for (int i = at; i < at + whole; i += Lanes.COUNT) {
      FloatVector steps = FloatVector.fromArray(Lanes.FLOATS, weights, i).div(scale);
      FloatVector rounder = steps.add(Lanes.ROUNDER);
      FloatVector residual = rounder.sub(Lanes.ROUNDER).sub(steps);
      // A float quotient that is no tie rounds as the exact one does; a tie needs the exact one.
      if (residual.abs().compare(VectorOperators.EQ, 0.5f).anyTrue()) {
        byOne(weights, i, Lanes.COUNT, scale, max);
      } else {
        IntVector code = rounder.reinterpretAsInts().sub(Lanes.ROUNDER_BITS).max(-max).min(max);
        Lanes.writeBytes(code, codes, i);
      }
    }
    byOne(weights, at + whole, n - whole, scale, max);
    sum(at, n);
  }

  /** Takes {@code n} codes from {@code at} on as they are. */
  public void load(byte[] chosen, int at, int n) {
    codes.put(at, chosen, at, n);
    sum(at, n);
  }

  private void byOne(float[] weights, int at, int n, float scale, int max) {
    for (int i = at; i < at + n; i++) {
      codes.put(i, (byte) WeightThreshold.quantize(weights[i], scale, max));
    }
  }

  /** Apart, because sums carried past the calls of the other loop would be allocated in it. */
  private void sum(int at, int n) {
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    IntVector codeLanes = IntVector.zero(Lanes.INTS);
    IntVector magnitudeLanes = codeLanes;
    for (int i = at; i < at + whole; i += Lanes.COUNT) {
      IntVector code = Lanes.signedBytes(codes, i);
      codeLanes = code.add(codeLanes);
      magnitudeLanes = code.abs().add(magnitudeLanes);
    }
    codeSum = Lanes.carried(codeLanes).reduceLanes(VectorOperators.ADD);
    magnitudeSum = Lanes.carried(magnitudeLanes).reduceLanes(VectorOperators.ADD);
    for (int i = at + whole; i < at + n; i++) {
      codeSum += codes.get(i);
      magnitudeSum += Math.abs(codes.get(i));
    }
  }

  /** Sum of the codes of the last filter. */
  public int codeSum() {
    return codeSum;
  }

  /** Sum of their magnitudes. */
  public int magnitudeSum() {
    return magnitudeSum;
  }
}
