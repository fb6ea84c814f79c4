package dev.thresher.engine.reference;

import dev.thresher.network.Taps;
import java.util.Arrays;

/**
 * A depthwise convolution: every channel has its own kernel. Packed rows, plain and transposed, are
 * [taps][C].
 */
final class DepthwiseMap implements LinearMap {
  private final Taps taps;
  private final int channels;
  private final float[] zeros;
  private int[] readers; // made at the first backward pass

  DepthwiseMap(Taps taps, int channels) {
    this.taps = taps;
    this.channels = channels;
    this.zeros = new float[channels];
  }

  @Override
  public float[][] pack(float[] weights) {
    float[][] packed = new float[taps.count()][channels];
    for (int c = 0; c < channels; c++) {
      for (int tap = 0; tap < packed.length; tap++) {
        packed[tap][c] = weights[c * packed.length + tap];
      }
    }
    return packed;
  }

  @Override
  public float[] unpack(float[][] packed) {
    float[] weights = new float[channels * packed.length];
    for (int c = 0; c < channels; c++) {
      for (int tap = 0; tap < packed.length; tap++) {
        weights[c * packed.length + tap] = packed[tap][c];
      }
    }
    return weights;
  }

  @Override
  public float[][] packTransposed(float[] weights) {
    return pack(weights);
  }

  @Override
  public float[] filterRow(float[] weights, int filter) {
    return Arrays.copyOfRange(weights, filter * taps.count(), (filter + 1) * taps.count());
  }

  private float[] row(float[][] x, int position, int tap) {
    int source = tap < taps.count() ? taps.source(position, tap) : Taps.PADDING;
    return source == Taps.PADDING ? zeros : x[source];
  }

  @Override
  public void forward(float[][] x, float[][] packed, float[] bias, float[][] y, RowSink sink) {
    int last = taps.count() - 1;
    for (int p = 0; p < taps.outputs(); p++) {
      float[] out = y[p];
      System.arraycopy(bias, 0, out, 0, channels);
      for (int t = 0; t <= last; t += 3) {
        float[] w1 = packed[Math.min(t + 1, last)]; // beyond the last tap, times zeros
        float[] w2 = packed[Math.min(t + 2, last)];
        float[] x1 = row(x, p, t + 1);
        RowKernels.addProducts3(out, row(x, p, t), packed[t], x1, w1, row(x, p, t + 2), w2);
      }
      sink.complete(p);
    }
  }

  @Override
  public void backwardData(float[][] g, float[][] transposed, float[][] gx) {
    if (readers == null) {
      readers = taps.readers();
    }
    int count = taps.count();
    for (int input = 0; input < taps.inputs(); input++) {
      for (int j = 0; j < count && readers[input * count + j] != Taps.PADDING; j += 3) {
        int r0 = readers[input * count + j];
        int r1 = j + 1 < count ? readers[input * count + j + 1] : Taps.PADDING;
        int r2 = j + 2 < count ? readers[input * count + j + 2] : Taps.PADDING;
        RowKernels.addProducts3(
            gx[input],
            g[r0 / count],
            transposed[r0 % count],
            r1 == Taps.PADDING ? zeros : g[r1 / count],
            r1 == Taps.PADDING ? zeros : transposed[r1 % count],
            r2 == Taps.PADDING ? zeros : g[r2 / count],
            r2 == Taps.PADDING ? zeros : transposed[r2 % count]);
      }
    }
  }

  @Override
  public void backwardWeights(float[][] x, float[][] g, float[][] gw) {
    int outputs = taps.outputs();
    for (int p = 0; p < outputs; p += 3) {
      float[] g1 = p + 1 < outputs ? g[p + 1] : zeros;
      float[] g2 = p + 2 < outputs ? g[p + 2] : zeros;
      for (int tap = 0; tap < taps.count(); tap++) {
        float[] x1 = p + 1 < outputs ? row(x, p + 1, tap) : zeros;
        float[] x2 = p + 2 < outputs ? row(x, p + 2, tap) : zeros;
        RowKernels.addProducts3(gw[tap], row(x, p, tap), g[p], x1, g1, x2, g2);
      }
    }
  }

  @Override
  public float[] sumsOfProducts(float[][] a, float[][] b) {
    float[] sums = new float[channels];
    for (int tap = 0; tap < taps.count(); tap++) {
      RowKernels.addProducts(sums, a[tap], b[tap]);
    }
    return sums;
  }

  @Override
  public double exact(float[][] x, int position, int filter, float[] filterRow) {
    double sum = 0;
    for (int tap = 0; tap < taps.count(); tap++) {
      sum += (double) row(x, position, tap)[filter] * filterRow[tap];
    }
    return sum;
  }

  @Override
  public long bytes() {
    return taps.bytes() + 4L * channels + (readers == null ? 0 : 4L * readers.length);
  }
}
