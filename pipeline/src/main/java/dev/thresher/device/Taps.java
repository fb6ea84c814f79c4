package dev.thresher.device;

import dev.thresher.export.tflite.Kernel;
import dev.thresher.tensor.FeatureShape;

/** Which input position each tap of a kernel reads for each output position. */
final class Taps {
  /** Around the map. */
  static final int OUTSIDE = -1;

  private final int count;
  private final int[] sources;

  /**
   * Lays the kernel over every output.
   *
   * @param rows of the kernel
   * @param columns of the kernel
   */
  Taps(Kernel kernel, int rows, int columns, FeatureShape in, FeatureShape out) {
    this.count = rows * columns;
    this.sources = new int[out.positions() * count];
    int padTop = kernel.padTop(in.height(), out.height(), rows);
    int padLeft = kernel.padLeft(in.width(), out.width(), columns);
    int next = 0;
    for (int p = 0; p < out.positions(); p++) {
      int top = p / out.width() * kernel.strideHeight() - padTop;
      int left = p % out.width() * kernel.strideWidth() - padLeft;
      for (int tap = 0; tap < count; tap++) {
        int row = top + tap / columns * kernel.dilationHeight();
        int column = left + tap % columns * kernel.dilationWidth();
        boolean inside = row >= 0 && row < in.height() && column >= 0 && column < in.width();
        sources[next++] = inside ? row * in.width() + column : OUTSIDE;
      }
    }
  }

  /** Taps of the kernel. */
  int count() {
    return count;
  }

  /** The input position, or {@link #OUTSIDE}. */
  int source(int position, int tap) {
    return sources[position * count + tap];
  }
}
