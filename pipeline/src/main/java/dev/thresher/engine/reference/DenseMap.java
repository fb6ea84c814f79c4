package dev.thresher.engine.reference;

import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Taps;
import java.util.Arrays;

/**
 * A dense or grouped convolution: at each position, the patch under the kernel (in the order tap,
 * channel) times a matrix per group. Packed rows are [groups * K][O / groups], transposed rows are
 * [O][K], with K = taps * I / groups.
 */
final class DenseMap implements LinearMap {
  /** Positions whose gradients and patches stay in cache while the weights' gradients are added. */
  private static final int TILE = 48;

  private final Taps taps;
  private final int groups;
  private final int channels; // input channels of a group
  private final int filters; // of a group
  private final int patchSize;
  private final float[] zeros;
  private final float[][] patches;
  private final float[][] slices;
  private final float[] groupRow;

  DenseMap(Taps taps, Convolution conv) {
    this.taps = taps;
    this.groups = conv.groups();
    this.channels = conv.weights().extent(1);
    this.filters = conv.filters() / groups;
    this.patchSize = taps.count() * channels;
    this.zeros = new float[patchSize];
    this.patches = isDirect() ? new float[0][] : new float[TILE][patchSize];
    this.slices = groups == 1 ? new float[TILE][] : new float[TILE][filters];
    this.groupRow = new float[groups == 1 ? 0 : filters];
  }

  /** Whether a patch is an input row as it stands. */
  private boolean isDirect() {
    return taps.count() == 1 && groups == 1;
  }

  @Override
  public float[][] pack(float[] weights) {
    float[][] packed = new float[groups * patchSize][filters];
    for (int o = 0; o < groups * filters; o++) {
      float[] row = filterRow(weights, o);
      for (int k = 0; k < patchSize; k++) {
        packed[o / filters * patchSize + k][o % filters] = row[k];
      }
    }
    return packed;
  }

  @Override
  public float[] unpack(float[][] packed) {
    float[] weights = new float[groups * filters * patchSize];
    for (int o = 0; o < groups * filters; o++) {
      for (int i = 0; i < channels; i++) {
        for (int tap = 0; tap < taps.count(); tap++) {
          float[] row = packed[o / filters * patchSize + tap * channels + i];
          weights[o * patchSize + i * taps.count() + tap] = row[o % filters];
        }
      }
    }
    return weights;
  }

  @Override
  public float[][] packTransposed(float[] weights) {
    float[][] transposed = new float[groups * filters][];
    for (int o = 0; o < transposed.length; o++) {
      transposed[o] = filterRow(weights, o);
    }
    return transposed;
  }

  @Override
  public float[] filterRow(float[] weights, int filter) {
    float[] row = new float[patchSize];
    for (int i = 0; i < channels; i++) {
      for (int tap = 0; tap < taps.count(); tap++) {
        row[tap * channels + i] = weights[filter * patchSize + i * taps.count() + tap];
      }
    }
    return row;
  }

  /** The patch of one group at one position: an input row, or a copy in {@code scratch}. */
  private float[] patch(float[][] x, int position, int group, int scratch) {
    if (isDirect()) {
      int source = taps.source(position, 0);
      return source == Taps.PADDING ? zeros : x[source];
    }
    float[] patch = patches[scratch];
    for (int tap = 0; tap < taps.count(); tap++) {
      int source = taps.source(position, tap);
      if (source == Taps.PADDING) {
        Arrays.fill(patch, tap * channels, (tap + 1) * channels, 0f);
      } else {
        System.arraycopy(x[source], group * channels, patch, tap * channels, channels);
      }
    }
    return patch;
  }

  @Override
  public void forward(float[][] x, float[][] packed, float[] bias, float[][] y, RowSink sink) {
    for (int p = 0; p < taps.outputs(); p++) {
      float[] out = y[p];
      System.arraycopy(bias, 0, out, 0, bias.length);
      if (groups == 1) {
        RowKernels.multiplyAdd(out, patch(x, p, 0, 0), patchSize, packed, 0);
      } else {
        for (int group = 0; group < groups; group++) {
          System.arraycopy(out, group * filters, groupRow, 0, filters);
          float[] patch = patch(x, p, group, 0);
          RowKernels.multiplyAdd(groupRow, patch, patchSize, packed, group * patchSize);
          System.arraycopy(groupRow, 0, out, group * filters, filters);
        }
      }
      sink.complete(p);
    }
  }

  @Override
  public void backwardData(float[][] g, float[][] transposed, float[][] gx) {
    for (int p = 0; p < taps.outputs(); p++) {
      if (isDirect()) {
        int source = taps.source(p, 0);
        if (source != Taps.PADDING) {
          RowKernels.multiplyAdd(gx[source], g[p], filters, transposed, 0);
        }
        continue;
      }
      for (int group = 0; group < groups; group++) {
        float[] patch = patches[0];
        Arrays.fill(patch, 0f);
        float[] slice = slice(g, p, group, 0);
        RowKernels.multiplyAdd(patch, slice, filters, transposed, group * filters);
        scatter(patch, p, group, gx);
      }
    }
  }

  private void scatter(float[] patch, int position, int group, float[][] gx) {
    for (int tap = 0; tap < taps.count(); tap++) {
      int source = taps.source(position, tap);
      if (source != Taps.PADDING) {
        float[] row = gx[source];
        for (int i = 0; i < channels; i++) {
          row[group * channels + i] += patch[tap * channels + i];
        }
      }
    }
  }

  private float[] slice(float[][] g, int position, int group, int scratch) {
    if (groups == 1) {
      return g[position];
    }
    System.arraycopy(g[position], group * filters, slices[scratch], 0, filters);
    return slices[scratch];
  }

  @Override
  public void backwardWeights(float[][] x, float[][] g, float[][] gw) {
    float[][] patchTile = new float[TILE][];
    float[][] gradientTile = new float[TILE][];
    for (int group = 0; group < groups; group++) {
      for (int first = 0; first < taps.outputs(); first += TILE) {
        int count = Math.min(TILE, taps.outputs() - first);
        for (int t = 0; t < count; t++) {
          patchTile[t] = patch(x, first + t, group, t);
          gradientTile[t] = slice(g, first + t, group, t);
        }
        addOuterProducts(patchTile, gradientTile, count, gw, group * patchSize);
      }
    }
  }

  private void addOuterProducts(
      float[][] patchTile, float[][] gradientTile, int count, float[][] gw, int firstRow) {
    float[] column = new float[TILE];
    for (int k = 0; k < patchSize; k++) {
      for (int t = 0; t < count; t++) {
        column[t] = patchTile[t][k];
      }
      RowKernels.multiplyAdd(gw[firstRow + k], column, count, gradientTile, 0);
    }
  }

  @Override
  public float[] sumsOfProducts(float[][] a, float[][] b) {
    float[] sums = new float[groups * filters];
    float[] acc = new float[filters];
    for (int group = 0; group < groups; group++) {
      Arrays.fill(acc, 0f);
      for (int k = group * patchSize; k < (group + 1) * patchSize; k++) {
        RowKernels.addProducts(acc, a[k], b[k]);
      }
      System.arraycopy(acc, 0, sums, group * filters, filters);
    }
    return sums;
  }

  @Override
  public double exact(float[][] x, int position, int filter, float[] filterRow) {
    float[] patch = patch(x, position, filter / filters, 0);
    double sum = 0;
    for (int k = 0; k < patchSize; k++) {
      sum += (double) patch[k] * filterRow[k];
    }
    return sum;
  }

  @Override
  public long bytes() {
    long scratch = (long) zeros.length + groupRow.length;
    scratch += isDirect() ? 0 : (long) TILE * patchSize;
    scratch += groups == 1 ? 0 : (long) TILE * filters;
    return taps.bytes() + 4 * scratch;
  }
}
