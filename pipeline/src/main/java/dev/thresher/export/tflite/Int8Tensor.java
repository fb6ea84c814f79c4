package dev.thresher.export.tflite;

import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;

/**
 * An activation in int8: {@code real = (code - zeroPoint) * scale}.
 *
 * @param name unique in the network
 * @param shape extents for one image, stored [H, W, C]
 * @param rank 4 for [batch, H, W, C], 2 for [batch, C]
 * @param scale real value of one step
 * @param zeroPoint the integer that means zero, -128 to 127
 */
public record Int8Tensor(String name, FeatureShape shape, int rank, float scale, int zeroPoint) {
  /** Least code. */
  public static final int MIN = Byte.MIN_VALUE;

  /** Greatest code. */
  public static final int MAX = Byte.MAX_VALUE;

  /** What an unsigned code is lowered by to be signed. */
  static final int OFFSET = 128;

  /** Refuses another rank, and a vector with rows or columns. */
  public Int8Tensor {
    if (rank != 4 && (rank != 2 || shape.positions() != 1)) {
      throw new IllegalArgumentException(
          "Cannot store " + name + ", " + shape + ", with " + rank + " extents.");
    }
  }

  static Int8Tensor map(String name, FeatureShape shape, Quantizer grid) {
    return new Int8Tensor(name, shape, 4, grid.scale(), grid.zeroPoint() - OFFSET);
  }

  /** Another tensor on the same grid. */
  Int8Tensor like(String otherName, FeatureShape otherShape, int otherRank) {
    return new Int8Tensor(otherName, otherShape, otherRank, scale, zeroPoint);
  }

  /** The extents of one image's tensor, batch included. */
  public int[] extents() {
    return rank == 2
        ? new int[] {1, shape.channels()}
        : new int[] {1, shape.height(), shape.width(), shape.channels()};
  }

  /**
   * The code of a real value as TFLite quantizes: {@code round(value / scale) + zero point}, the
   * division in float, half away from zero; NaN gives the zero point.
   */
  public byte quantize(float value) {
    double code = round(value / scale) + zeroPoint;
    return (byte) Math.min(Math.max(Double.isNaN(code) ? zeroPoint : code, MIN), MAX);
  }

  /** The real value of a code. */
  public float dequantize(byte code) {
    return scale * (code - zeroPoint);
  }

  /** Half away from zero, as C's {@code round}; exact, since a float and a half fit a double. */
  static double round(float value) {
    return Math.copySign(Math.floor(Math.abs((double) value) + 0.5), value);
  }
}
