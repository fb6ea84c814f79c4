package dev.thresher.engine;

import dev.thresher.network.NetworkFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A network of integers as bytes, for broadcasts: what it is made from, so that everyone who reads
 * it makes the same integers. Three parts, each behind its int32 length: the thresholded network,
 * the vector of scales, float32, and the rounding; little-endian.
 */
public final class IntegerNetworkCodec {
  private IntegerNetworkCodec() {}

  /** Writes a network. */
  public static byte[] encode(IntegerNetwork network) {
    byte[] thresholds = ThresholdedNetworkCodec.encode(network.network());
    float[] scales = network.scales();
    byte[] rounding = RoundingCodec.encode(network.rounding());
    int scaleBytes = Float.BYTES * scales.length;
    int size = Math.addExact(12 + thresholds.length, Math.addExact(scaleBytes, rounding.length));
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(thresholds.length).put(thresholds).putInt(scaleBytes);
    for (float scale : scales) {
      out.putFloat(scale);
    }
    return out.putInt(rounding.length).put(rounding).array();
  }

  /**
   * Reads a network and validates it.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static IntegerNetwork decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      ThresholdedNetwork thresholds = ThresholdedNetworkCodec.decode(part(in));
      float[] scales = new float[thresholds.layout().size()];
      ByteBuffer.wrap(part(in)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(scales);
      return IntegerNetwork.of(thresholds, scales, RoundingCodec.decode(part(in)));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new NetworkFormatException("Cannot read a network of integers: " + e.getMessage(), e);
    }
  }

  private static byte[] part(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new NetworkFormatException(
          "Cannot read a network of integers: a part of it has "
              + length
              + " bytes where "
              + in.remaining()
              + " are left.");
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }
}
