package dev.thresher.engine.onednn.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The lanes of this machine, and how one lane's worth of elements is read and written. The passes
 * work on blocks in heap arrays, as fast as directly on memory off the heap, and never beyond a
 * native buffer's end. They handle whole lanes: arrays must have room for {@link #roundUp}.
 */
public final class Lanes {
  /** Elements handled at once. */
  public static final int COUNT;

  static final VectorSpecies<Float> FLOATS;
  static final VectorSpecies<Integer> INTS;
  static final VectorSpecies<Short> SHORTS;
  static final VectorSpecies<Byte> BYTES;

  /** Adding 1.5 * 2^23 leaves a float of magnitude below 2^22 rounded half to even. */
  static final float ROUNDER = 12582912f;

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
    int common = channels / a * COUNT;
    // Longer periods keep one channel's partial sums from waiting for each other.
    return common * Math.max(1, 4 * COUNT / common);
  }

  static FloatVector floats(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static IntVector ints(int[] values, int at) {
    return IntVector.fromArray(INTS, values, at);
  }

  static FloatVector toFloats(IntVector ints) {
    return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  static IntVector signedBytes(byte[] values, int at) {
    return (IntVector)
        ByteVector.fromArray(BYTES, values, at).convertShape(VectorOperators.B2I, INTS, 0);
  }

  static IntVector unsignedBytes(byte[] values, int at) {
    return signedBytes(values, at).and(0xFF);
  }

  /** Writes the low byte of each lane. */
  static void writeBytes(IntVector values, byte[] out, int at) {
    ((ByteVector) values.convertShape(VectorOperators.I2B, BYTES, 0)).intoArray(out, at);
  }

  /** Writes bfloat16, rounded half to even. */
  static void writeBfloats(FloatVector values, short[] out, int at) {
    IntVector bits = values.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    IntVector rounded = bits.add(odd).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
    ((ShortVector) rounded.convertShape(VectorOperators.I2S, SHORTS, 0)).intoArray(out, at);
  }
}
