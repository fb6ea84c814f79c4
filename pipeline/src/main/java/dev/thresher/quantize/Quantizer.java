package dev.thresher.quantize;

/**
 * An affine grid: {@code x_q = clip(rint(x / scale) + zeroPoint, qmin, qmax)}, {@code x_hat = (x_q
 * - zeroPoint) * scale}.
 *
 * <p>{@code scale} is the real value of one integer step (ONNX, TFLite); the paper's S is its
 * inverse. Rounding is half to even; real zero is exactly representable. NaN quantizes to the zero
 * point. Source: method, section 4.
 *
 * @param scale real value of one step, positive and finite
 * @param zeroPoint the integer that means zero, within [qmin, qmax]
 * @param qmin least integer
 * @param qmax greatest integer
 */
public record Quantizer(float scale, int zeroPoint, int qmin, int qmax) {
  /** Refuses a scale that is not positive and a zero point outside the grid. */
  public Quantizer {
    if (!(scale > 0) || Float.isInfinite(scale)) {
      throw new IllegalArgumentException(
          "Cannot quantize with scale " + scale + ": it must be positive and finite.");
    }
    if (qmin >= qmax || zeroPoint < qmin || zeroPoint > qmax) {
      throw new IllegalArgumentException(
          "Cannot quantize to ["
              + qmin
              + ", "
              + qmax
              + "] with zero point "
              + zeroPoint
              + ": the zero point must lie inside.");
    }
  }

  /** The integer of a real value. */
  public int quantize(float value) {
    float steps = value / scale;
    if (Float.isNaN(steps)) {
      return zeroPoint;
    }
    double rounded = Math.rint((double) steps) + zeroPoint;
    return (int) Math.min(Math.max(rounded, qmin), qmax);
  }

  /**
   * Puts the integers of real values in their place, less the zero point: what {@link #quantize}
   * gives, in a loop that the compiler makes vectors of.
   */
  public void toSteps(float[] values) {
    if ((long) qmax - qmin >= 1 << 22) {
      throw new IllegalStateException("Cannot round to " + this + " in float32: it is too wide.");
    }
    float lower = qmin - zeroPoint;
    float upper = qmax - zeroPoint;
    float rounder = WeightThreshold.ROUNDER;
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.min(Math.max(values[i] / scale, lower), upper) + rounder - rounder;
    }
    for (int i = 0; i < values.length; i++) {
      if (Float.isNaN(values[i])) {
        values[i] = 0;
      }
    }
  }

  /** Moves real values to the grid, in their place. */
  public void place(float[] values) {
    toSteps(values);
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
  }

  /** The real value of an integer. */
  public float dequantize(int code) {
    return (code - zeroPoint) * scale;
  }
}
