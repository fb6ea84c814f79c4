package dev.thresher.calibrate;

import dev.thresher.network.Activation;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Several channels at a time, position after position, so that each channel's sums are added in the
 * order of {@link PlainScan}'s. Where the last channels do not fill the lanes, the lanes left over
 * hold values of the next position, which nothing reads.
 */
record VectorScan() implements ImageScan {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int HALF = DOUBLES.length();

  /** Values whose bins are known before they are counted. */
  private static final int TILE = 2048;

  @Override
  public void moments(float[] values, Activation activation, Moments moments) {
    float[] end = end(values);
    for (int c = 0; c < moments.channels(); c += LANES) {
      lanes(values, end, c, activation, moments);
    }
  }

  private static void lanes(
      float[] values, float[] end, int from, Activation activation, Moments moments) {
    int channels = moments.channels();
    FloatVector lower = FloatVector.broadcast(FLOATS, activation.lower());
    FloatVector upper = FloatVector.broadcast(FLOATS, activation.upper());
    FloatVector min = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY);
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    DoubleVector sumLow = DoubleVector.zero(DOUBLES);
    DoubleVector sumHigh = sumLow;
    DoubleVector squareLow = sumLow;
    DoubleVector squareHigh = sumLow;
    IntVector inside = IntVector.zero(INTS);
    for (int at = from; at < values.length; at += channels) {
      FloatVector value = load(values, end, at);
      min = value.min(min);
      max = value.max(max);
      FloatVector result = value.max(lower).min(upper);
      DoubleVector low = doubles(result, 0);
      DoubleVector high = doubles(result, 1);
      sumLow = low.add(sumLow);
      sumHigh = high.add(sumHigh);
      squareLow = low.mul(low).add(squareLow);
      squareHigh = high.mul(high).add(squareHigh);
      var between = value.compare(VectorOperators.GT, lower);
      inside = inside.add(1, between.and(value.compare(VectorOperators.LT, upper)).cast(INTS));
    }
    float[] floats = new float[LANES];
    double[] doubles = new double[LANES];
    int used = Math.min(LANES, channels - from);
    min.intoArray(floats, 0);
    System.arraycopy(floats, 0, moments.min(), from, used);
    max.intoArray(floats, 0);
    System.arraycopy(floats, 0, moments.max(), from, used);
    sumLow.intoArray(doubles, 0);
    sumHigh.intoArray(doubles, HALF);
    System.arraycopy(doubles, 0, moments.sum(), from, used);
    squareLow.intoArray(doubles, 0);
    squareHigh.intoArray(doubles, HALF);
    System.arraycopy(doubles, 0, moments.square(), from, used);
    int[] counts = inside.toIntArray();
    System.arraycopy(counts, 0, moments.inside(), from, used);
  }

  private static DoubleVector doubles(FloatVector values, int half) {
    return (DoubleVector) values.convertShape(VectorOperators.F2D, DOUBLES, half);
  }

  /** The last lanes' worth of values, and as much room. */
  private static float[] end(float[] values) {
    int start = endStart(values);
    return Arrays.copyOfRange(values, start, values.length + LANES);
  }

  private static int endStart(float[] values) {
    return Math.max(0, values.length - LANES);
  }

  private static FloatVector load(float[] values, float[] end, int at) {
    return at + LANES <= values.length
        ? FloatVector.fromArray(FLOATS, values, at)
        : FloatVector.fromArray(FLOATS, end, at - endStart(values));
  }

  /** Two tables, in turn, so that equal neighbours do not wait for each other. */
  @Override
  public void count(float[] values, Activation activation, long[] histogram) {
    int[] bins = new int[TILE];
    int[] even = new int[histogram.length];
    int[] odd = new int[histogram.length];
    int whole = values.length / LANES * LANES;
    for (int start = 0; start < whole; start += TILE) {
      int n = Math.min(TILE, whole - start);
      bins(values, start, n, activation, bins);
      for (int i = 0; i < n; i += 2) {
        even[bins[i]]++;
        odd[bins[i + 1]]++;
      }
    }
    for (int i = 0; i < histogram.length; i++) {
      histogram[i] += even[i] + odd[i];
    }
    for (int i = whole; i < values.length; i++) {
      histogram[Histogram.bin(activation.apply(values[i]))]++;
    }
  }

  private static void bins(float[] values, int start, int n, Activation activation, int[] bins) {
    FloatVector lower = FloatVector.broadcast(FLOATS, activation.lower());
    FloatVector upper = FloatVector.broadcast(FLOATS, activation.upper());
    for (int i = 0; i < n; i += LANES) {
      FloatVector result = FloatVector.fromArray(FLOATS, values, start + i).max(lower).min(upper);
      IntVector bits = result.reinterpretAsInts();
      bits.and(Integer.MAX_VALUE)
          .lanewise(VectorOperators.LSHR, Histogram.MANTISSA_SHIFT)
          .sub(Histogram.FIRST - 1)
          .max(0)
          .min(Histogram.BINS - 1)
          .add(bits.lanewise(VectorOperators.ASHR, 31).and(Histogram.BINS))
          .intoArray(bins, i);
    }
  }

  @Override
  public void countClamped(float[] values, int channels, float bound, long[] histogram) {
    int[] bins = new int[TILE];
    float[] end = end(values);
    int stride = TILE / LANES * channels;
    for (int c = 0; c < channels; c += LANES) {
      int used = Math.min(LANES, channels - c);
      for (int start = c; start < values.length; start += stride) {
        int n = clampedBins(values, end, start, c, channels, 1 / bound, bins);
        for (int i = 0; i < n; i += LANES) {
          for (int lane = i; lane < i + used; lane++) {
            histogram[bins[lane]]++;
          }
        }
      }
    }
  }

  /** Fills the bins of some positions' channels from one on, and says how many bins. */
  private static int clampedBins(
      float[] values, float[] end, int start, int c, int channels, float unit, int[] bins) {
    IntVector first =
        IntVector.zero(INTS).addIndex(ClampHistogram.STRIDE).add(c * ClampHistogram.STRIDE);
    int n = 0;
    for (int at = start; at < values.length && n < TILE; at += channels) {
      load(values, end, at)
          .mul(unit)
          .reinterpretAsInts()
          .lanewise(VectorOperators.ASHR, ClampHistogram.MANTISSA_SHIFT)
          .sub(ClampHistogram.FIRST - 1)
          .max(0)
          .min(ClampHistogram.BINS)
          .add(first)
          .intoArray(bins, n);
      n += LANES;
    }
    return n;
  }
}
