package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The lanes of this machine, and how one lane's worth of elements is read and written. The passes
 * work on memory off the heap in native byte order, whole lanes at a time: buffers must have room
 * for {@link #SLACK} bytes beyond their last element.
 */
public final class Lanes {
  /** Elements handled at once. */
  public static final int COUNT;

  /** Bytes that a pass may touch beyond the last element. */
  public static final int SLACK = 64 * Float.BYTES;

  static final VectorSpecies<Float> FLOATS;
  static final VectorSpecies<Integer> INTS;
  static final VectorSpecies<Short> SHORTS;
  static final VectorSpecies<Byte> BYTES;
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Adding 1.5 * 2^23 leaves a float of magnitude below 2^22 rounded half to even. */
  static final float ROUNDER = 12582912f;

  /** Its bits; the low 16 are zero. */
  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  static {
    // A vector of bytes has at least 64 bits, so eight lanes at least.
    FLOATS =
        FloatVector.SPECIES_PREFERRED.length() >= 8
            ? FloatVector.SPECIES_PREFERRED
            : FloatVector.SPECIES_256;
    COUNT = FLOATS.length();
    INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(COUNT * Short.SIZE));
    BYTES = VectorSpecies.of(byte.class, VectorShape.forBitSize(COUNT * Byte.SIZE));
  }

  private Lanes() {}

  /** The least multiple of the lanes at or above a number of elements. */
  public static int roundUp(int elements) {
    return (elements + COUNT - 1) / COUNT * COUNT;
  }

  /** Least number of elements after which both the channels and the lanes start again. */
  public static int period(int channels) {
    int a = channels;
    int b = COUNT;
    while (b != 0) {
      int rest = a % b;
      a = b;
      b = rest;
    }
    return channels / a * COUNT;
  }

  /**
   * The same lanes, but for the sign of zero. Of what a loop carries from turn to turn the compiler
   * knows the declared type alone; it would call a method on that virtually, and allocate a vector
   * in every turn for it, or not, as the profile has it. What another vector takes as an argument
   * is cast to the type of the lanes: carried vectors are arguments in these passes, never
   * receivers.
   */
  static FloatVector carried(FloatVector vector) {
    return FloatVector.zero(FLOATS).add(vector);
  }

  /** The same for integers. */
  static IntVector carried(IntVector vector) {
    return IntVector.zero(INTS).add(vector);
  }

  static FloatVector floats(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static FloatVector floats(ByteBuffer values, int at) {
    return FloatVector.fromByteBuffer(FLOATS, values, at * Float.BYTES, ORDER);
  }

  static void store(FloatVector values, ByteBuffer to, int at) {
    values.intoByteBuffer(to, at * Float.BYTES, ORDER);
  }

  static IntVector ints(int[] values, int at) {
    return IntVector.fromArray(INTS, values, at);
  }

  static IntVector ints(ByteBuffer values, int at) {
    return IntVector.fromByteBuffer(INTS, values, at * Integer.BYTES, ORDER);
  }

  static FloatVector toFloats(IntVector ints) {
    return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  static IntVector signedBytes(ByteBuffer values, int at) {
    return (IntVector)
        ByteVector.fromByteBuffer(BYTES, values, at, ORDER)
            .convertShape(VectorOperators.B2I, INTS, 0);
  }

  static IntVector unsignedBytes(ByteBuffer values, int at) {
    return signedBytes(values, at).and(0xFF);
  }

  /** Two bytes a lane: the first in its lowest bits, the second, with its sign, above. */
  static IntVector pairsOfBytes(ByteBuffer values, int at) {
    return (IntVector)
        ShortVector.fromByteBuffer(SHORTS, values, at, ORDER)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }

  /** Writes the low byte of each lane. */
  static void writeBytes(IntVector values, ByteBuffer to, int at) {
    ((ByteVector) values.convertShape(VectorOperators.I2B, BYTES, 0)).intoByteBuffer(to, at, ORDER);
  }

  /** Writes the low byte of each lane. */
  static void writeBytes(IntVector values, byte[] to, int at) {
    ((ByteVector) values.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(to, at);
  }
}
