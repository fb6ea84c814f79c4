package dev.thresher.engine.onednn.vector;

/** Element-wise float32 operators on blocks. */
public final class FloatMaps {
  private FloatMaps() {}

  /** {@code a += b}. */
  public static void add(float[] a, float[] b, int n) {
    StraightThrough.add(a, b, n);
  }

  /** {@code values = min(max(values, lower), upper)}; NaN stays NaN. */
  public static void clamp(float[] values, float lower, float upper, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.floats(values, i).max(lower).min(upper).intoArray(values, i);
    }
  }
}
