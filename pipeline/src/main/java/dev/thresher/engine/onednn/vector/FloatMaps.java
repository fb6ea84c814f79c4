package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;

/** Element-wise float32 operators. */
public final class FloatMaps {
  private FloatMaps() {}

  /** {@code out = a + b}. */
  public static void add(ByteBuffer a, ByteBuffer b, ByteBuffer out, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.store(Lanes.floats(a, i).add(Lanes.floats(b, i)), out, i);
    }
  }

  /** {@code values = min(max(values, lower), upper)}; NaN stays NaN. */
  public static void clamp(ByteBuffer values, float lower, float upper, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.store(Lanes.floats(values, i).max(lower).min(upper), values, i);
    }
  }
}
