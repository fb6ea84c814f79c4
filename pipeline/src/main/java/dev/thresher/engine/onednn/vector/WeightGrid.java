package dev.thresher.engine.onednn.vector;

import dev.thresher.quantize.WeightThreshold;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Quantizes the weights of one filter, exactly as {@link WeightThreshold#quantize}, and splits
 * their derivative by the threshold into two integers: {@code derivative = residual / (2 * 127 * Q)
 * + sign}, where the sign is zero inside the grid and the residual is zero outside.
 */
public final class WeightGrid {
  /** Residual steps of half a grid step. */
  public static final int RESIDUAL_MAX = 127;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(Lanes.ROUNDER);

  private final byte[] codes;
  private final byte[] residuals;
  private final byte[] signs;
  private int codeSum;
  private int magnitudeSum;
  private int residualSum;
  private int signSum;
  private int outside;

  /** Writes to these arrays, a byte for each weight. */
  public WeightGrid(byte[] codes, byte[] residuals, byte[] signs) {
    this.codes = codes;
    this.residuals = residuals;
    this.signs = signs;
  }

  /**
   * Quantizes {@code n} weights from {@code at} on.
   *
   * @param scale real value of a step
   * @param max greatest magnitude of a code, Q
   */
  public void quantize(float[] weights, int at, int n, float scale, int max) {
    clearSums();
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    IntVector codeLanes = IntVector.zero(Lanes.INTS);
    IntVector magnitudeLanes = codeLanes;
    IntVector residualLanes = codeLanes;
    IntVector signLanes = codeLanes;
    IntVector outsideLanes = codeLanes;
    for (int i = at; i < at + whole; i += Lanes.COUNT) {
      FloatVector steps = FloatVector.fromArray(Lanes.FLOATS, weights, i).div(scale);
      FloatVector rounder = steps.add(Lanes.ROUNDER);
      FloatVector residual = rounder.sub(Lanes.ROUNDER).sub(steps);
      // A float quotient that is no tie rounds as the exact one does; a tie needs the exact one.
      if (residual.abs().compare(VectorOperators.EQ, 0.5f).anyTrue()) {
        someByOne(weights, i, Lanes.COUNT, scale, max);
        continue;
      }
      IntVector rounded = rounder.reinterpretAsInts().sub(ROUNDER_BITS);
      IntVector codeInts = rounded.max(-max).min(max);
      IntVector signInts = rounded.sub(codeInts).max(-1).min(1);
      IntVector inside = signInts.abs().sub(1);
      IntVector residualInts = integers(residual.mul(2f * RESIDUAL_MAX)).and(inside);
      Lanes.writeBytes(codeInts, codes, i);
      Lanes.writeBytes(residualInts, residuals, i);
      Lanes.writeBytes(signInts, signs, i);
      codeLanes = codeLanes.add(codeInts);
      magnitudeLanes = magnitudeLanes.add(codeInts.abs());
      residualLanes = residualLanes.add(residualInts);
      signLanes = signLanes.add(signInts);
      outsideLanes = outsideLanes.add(signInts.abs());
    }
    codeSum += codeLanes.reduceLanes(VectorOperators.ADD);
    magnitudeSum += magnitudeLanes.reduceLanes(VectorOperators.ADD);
    residualSum += residualLanes.reduceLanes(VectorOperators.ADD);
    signSum += signLanes.reduceLanes(VectorOperators.ADD);
    outside += outsideLanes.reduceLanes(VectorOperators.ADD);
    someByOne(weights, at + whole, n - whole, scale, max);
  }

  private void clearSums() {
    codeSum = 0;
    magnitudeSum = 0;
    residualSum = 0;
    signSum = 0;
    outside = 0;
  }

  private static IntVector integers(FloatVector values) {
    return values.add(Lanes.ROUNDER).reinterpretAsInts().sub(ROUNDER_BITS);
  }

  private void someByOne(float[] weights, int at, int n, float scale, int max) {
    for (int i = at; i < at + n; i++) {
      one(weights[i], scale, max, i);
    }
  }

  private void one(float weight, float scale, int max, int at) {
    double steps = (double) weight / scale;
    int code = WeightThreshold.quantize(weight, scale, max);
    double rounded = Math.rint(steps);
    int sign = 0;
    int residual = 0;
    if (Math.abs(rounded) > max) {
      sign = (int) Math.signum(steps);
    } else {
      residual = (int) Math.rint((rounded - steps) * (2 * RESIDUAL_MAX));
    }
    codes[at] = (byte) code;
    residuals[at] = (byte) residual;
    signs[at] = (byte) sign;
    codeSum += code;
    magnitudeSum += Math.abs(code);
    residualSum += residual;
    signSum += sign;
    outside += Math.abs(sign);
  }

  /** Sum of the codes of the filter last quantized. */
  public int codeSum() {
    return codeSum;
  }

  /** Sum of their magnitudes. */
  public int magnitudeSum() {
    return magnitudeSum;
  }

  /** Sum of the residuals. */
  public int residualSum() {
    return residualSum;
  }

  /** Sum of the signs. */
  public int signSum() {
    return signSum;
  }

  /** How many weights lie outside the grid. */
  public int outside() {
    return outside;
  }
}
