package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.dnnl.global.dnnl;

/** How gradients are stored: bfloat16 where the processor multiplies it faster, else float32. */
public final class Gradients {
  /** Whether gradients are bfloat16; a constant of the process, so that loops have no choice. */
  public static final boolean ARE_BFLOATS = areFasterAsBfloats(dnnl.dnnl_get_effective_cpu_isa());

  /** Bytes of an element. */
  public static final int BYTES = ARE_BFLOATS ? Short.BYTES : Float.BYTES;

  /** Elements of which the larger passes take two lanes' worth at a time. */
  static final int TURN = 2 * Lanes.COUNT;

  /** Bits of a float that a bfloat16 has. */
  private static final int HIGH = 0xFFFF0000;

  private Gradients() {}

  /**
   * Processors with float16 arithmetic were made to multiply bfloat16 in tiles (AMX). Where a
   * virtual machine hides the tiles, the instruction that is left does half of what float32 does.
   *
   * @param isa oneDNN's bits of an instruction set
   */
  static boolean areFasterAsBfloats(int isa) {
    boolean multiplied = has(isa, dnnl.dnnl_cpu_isa_avx512_core_bf16);
    boolean madeForTiles = has(isa, dnnl.dnnl_cpu_isa_avx512_core_fp16);
    return multiplied && (!madeForTiles || has(isa, dnnl.dnnl_cpu_isa_avx512_core_amx));
  }

  private static boolean has(int isa, int wanted) {
    return (isa & wanted) == wanted;
  }

  /** A turn of bfloat16, a pair to a lane. */
  static IntVector pairs(ByteBuffer from, int at) {
    return IntVector.fromByteBuffer(Lanes.INTS, from, at * BYTES, Lanes.ORDER);
  }

  /** The pairs' first elements as bits of floats. */
  static IntVector even(IntVector pairs) {
    return pairs.lanewise(VectorOperators.LSHL, 16);
  }

  /** The pairs' second elements as bits of floats. */
  static IntVector odd(IntVector pairs) {
    return pairs.and(HIGH);
  }

  static FloatVector load(ByteBuffer from, int at) {
    if (!ARE_BFLOATS) {
      return Lanes.floats(from, at);
    }
    ShortVector high = ShortVector.fromByteBuffer(Lanes.SHORTS, from, at * BYTES, Lanes.ORDER);
    return ((IntVector) high.convertShape(VectorOperators.S2I, Lanes.INTS, 0))
        .lanewise(VectorOperators.LSHL, 16)
        .reinterpretAsFloats();
  }

  /** Rounds half to even where it has to round. */
  static void store(FloatVector values, ByteBuffer to, int at) {
    if (!ARE_BFLOATS) {
      Lanes.store(values, to, at);
      return;
    }
    IntVector bits = values.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    IntVector high = bits.add(odd).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
    ((ShortVector) high.convertShape(VectorOperators.I2S, Lanes.SHORTS, 0))
        .intoByteBuffer(to, at * BYTES, Lanes.ORDER);
  }

  /**
   * Writes a turn of bfloat16 whose bits are those of floats. As floats, because buffers on the
   * heap too are written as integers, by the JDK itself, and the compiler takes up the habit.
   */
  static void storePairs(IntVector even, IntVector odd, ByteBuffer to, int at) {
    even.lanewise(VectorOperators.LSHR, 16)
        .or(odd)
        .reinterpretAsFloats()
        .intoByteBuffer(to, at * BYTES, Lanes.ORDER);
  }

  /** Writes one element. */
  public static void put(float value, ByteBuffer to, int at) {
    if (ARE_BFLOATS) {
      int bits = Float.floatToRawIntBits(value);
      to.putShort(at * BYTES, (short) ((bits + ((bits >>> 16) & 1) + 0x7FFF) >>> 16));
    } else {
      to.putFloat(at * BYTES, value);
    }
  }

  /** Reads one element. */
  public static float get(ByteBuffer from, int at) {
    return ARE_BFLOATS
        ? Float.intBitsToFloat(from.getShort(at * BYTES) << 16)
        : from.getFloat(at * BYTES);
  }

  /** {@code out = code - zeroPoint}, exactly. */
  public static void centre(ByteBuffer codes, int from, int zeroPoint, ByteBuffer out, int n) {
    if (ARE_BFLOATS) {
      centrePairs(codes, from, zeroPoint, out, n);
      return;
    }
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.store(Lanes.toFloats(Lanes.unsignedBytes(codes, from + i).sub(zeroPoint)), out, i);
    }
  }

  private static void centrePairs(
      ByteBuffer codes, int from, int zeroPoint, ByteBuffer out, int n) {
    for (int i = 0; i < n; i += TURN) {
      IntVector pairs = Lanes.pairsOfBytes(codes, from + i);
      IntVector even = pairs.and(0xFF).sub(zeroPoint);
      IntVector odd = pairs.lanewise(VectorOperators.LSHR, 8).and(0xFF).sub(zeroPoint);
      // Integers of so few bits leave the low half of a float empty.
      storePairs(
          Lanes.toFloats(even).reinterpretAsInts(),
          Lanes.toFloats(odd).reinterpretAsInts(),
          out,
          i);
    }
  }

  /** {@code out = code * scale}, both from the same element on. */
  public static void scale(ByteBuffer codes, int at, float scale, ByteBuffer out, int n) {
    for (int i = at; i < at + n; i += Lanes.COUNT) {
      store(Lanes.toFloats(Lanes.signedBytes(codes, i)).mul(scale), out, i);
    }
  }

  /** {@code out = a + b}. */
  public static void add(
      ByteBuffer a, int fromA, ByteBuffer b, int fromB, ByteBuffer out, int to, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      store(load(a, fromA + i).add(load(b, fromB + i)), out, to + i);
    }
  }
}
