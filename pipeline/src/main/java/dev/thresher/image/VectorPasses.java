package dev.thresher.image;

import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Several values of a row at a time, each lane one channel of one pixel; the last ones, which fill
 * no vector, one by one.
 *
 * <p>A row's pixels are gathered from the places that the taps name. Where a position has fewer
 * taps than others it reads its first pixel again, with weight 0.
 */
final class VectorPasses implements ResamplerPasses {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = INTS.length();
  private static final int CHANNELS = Preprocessing.CHANNELS;

  /** Below these bits there is no instruction that gathers, and Java's stead is slow. */
  private static final int LEAST_BITS = 256;

  private final int values;
  private final int[] places;
  private final int[] weights;
  private final int[] wide;

  /**
   * Of columns.
   *
   * @param places [taps, columns, 3], where a value lies in the row
   * @param weights [taps, columns, 3]
   * @param wide room for the values of a row
   */
  private VectorPasses(int values, int[] places, int[] weights, int[] wide) {
    this.values = values;
    this.places = places;
    this.weights = weights;
    this.wide = wide;
  }

  static boolean isFast() {
    return INTS.vectorBitSize() >= LEAST_BITS;
  }

  static VectorPasses of(Taps columns) {
    int begin = columns.first(0);
    int values = columns.count() * CHANNELS;
    int taps = columns.most();
    int[] places = new int[taps * values];
    int[] weights = new int[taps * values];
    for (int k = 0; k < taps; k++) {
      for (int i = 0; i < values; i++) {
        int[] own = columns.weights(i / CHANNELS);
        int pixel = columns.first(i / CHANNELS) - begin + (k < own.length ? k : 0);
        places[k * values + i] = pixel * CHANNELS + i % CHANNELS;
        weights[k * values + i] = k < own.length ? own[k] : 0;
      }
    }
    int read = (columns.end() - begin) * CHANNELS;
    return new VectorPasses(values, places, weights, new int[read]);
  }

  @Override
  public void columns(byte[] row, int[] out) {
    widen(row);
    int whole = INTS.loopBound(values);
    for (int i = 0; i < whole; i += LANES) {
      IntVector sum = IntVector.broadcast(INTS, HALF);
      for (int k = i; k < places.length; k += values) {
        sum =
            IntVector.fromArray(INTS, wide, 0, places, k)
                .mul(IntVector.fromArray(INTS, weights, k))
                .add(sum);
      }
      pixels(sum).intoArray(out, i);
    }
    for (int i = whole; i < values; i++) {
      int sum = HALF;
      for (int k = i; k < places.length; k += values) {
        sum += wide[places[k]] * weights[k];
      }
      out[i] = ResamplerPasses.pixel(sum);
    }
  }

  /** The bytes of a row as integers. */
  private void widen(byte[] row) {
    int whole = INTS.loopBound(wide.length);
    for (int i = 0; i < whole; i += LANES) {
      ((IntVector)
              ByteVector.fromArray(Bytes.OF_LANES, row, i)
                  .convertShape(VectorOperators.B2I, INTS, 0))
          .and(0xff)
          .intoArray(wide, i);
    }
    for (int i = whole; i < wide.length; i++) {
      wide[i] = row[i] & 0xff;
    }
  }

  @Override
  public void rows(int[][] rows, int first, int[] weights, byte[] out, int at) {
    int[][] used = new int[weights.length][];
    Arrays.setAll(used, k -> rows[(first + k) % rows.length]);
    int whole = INTS.loopBound(values);
    for (int i = 0; i < whole; i += LANES) {
      IntVector sum = IntVector.broadcast(INTS, HALF);
      for (int k = 0; k < weights.length; k++) {
        sum = IntVector.fromArray(INTS, used[k], i).mul(weights[k]).add(sum);
      }
      ((ByteVector) pixels(sum).convertShape(VectorOperators.I2B, Bytes.OF_LANES, 0))
          .intoArray(out, at + i);
    }
    for (int i = whole; i < values; i++) {
      int sum = HALF;
      for (int k = 0; k < weights.length; k++) {
        sum += used[k][i] * weights[k];
      }
      out[at + i] = (byte) ResamplerPasses.pixel(sum);
    }
  }

  private static IntVector pixels(IntVector sums) {
    return sums.lanewise(VectorOperators.ASHR, Taps.PRECISION_BITS).max(0).min(255);
  }

  /** Apart, since there are no bytes for four integers: made only where vectors are wide enough. */
  private static final class Bytes {
    static final VectorSpecies<Byte> OF_LANES =
        VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES * Byte.SIZE));

    private Bytes() {}
  }
}
