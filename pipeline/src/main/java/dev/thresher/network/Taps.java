package dev.thresher.network;

import dev.thresher.network.Linear.Convolution;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;

/**
 * Which input position every kernel tap of every output position reads: strides, pads and dilations
 * as one table.
 */
public final class Taps {
  /** Marks a tap that falls on the padding. */
  public static final int PADDING = -1;

  private final int count;
  private final int[] sources;
  private final int inputs;

  private Taps(int count, int[] sources, int inputs) {
    this.count = count;
    this.sources = sources;
    this.inputs = inputs;
  }

  /**
   * The table of a convolution.
   *
   * @param in extents of what it reads
   * @param out extents of what it gives
   */
  public static Taps of(Convolution conv, FeatureShape in, FeatureShape out) {
    Window window = conv.window();
    int count = conv.kernelHeight() * conv.kernelWidth();
    int[] sources = new int[out.positions() * count];
    int next = 0;
    for (int position = 0; position < out.positions(); position++) {
      int top = position / out.width() * window.strideHeight() - window.padTop();
      int left = position % out.width() * window.strideWidth() - window.padLeft();
      for (int tap = 0; tap < count; tap++) {
        int y = top + tap / conv.kernelWidth() * window.dilationHeight();
        int x = left + tap % conv.kernelWidth() * window.dilationWidth();
        boolean inside = y >= 0 && y < in.height() && x >= 0 && x < in.width();
        sources[next++] = inside ? y * in.width() + x : PADDING;
      }
    }
    return new Taps(count, sources, in.positions());
  }

  /** Taps of the kernel. */
  public int count() {
    return count;
  }

  /** Output positions. */
  public int outputs() {
    return sources.length / count;
  }

  /** Input positions. */
  public int inputs() {
    return inputs;
  }

  /** The input position that a tap reads, or {@link #PADDING}. */
  public int source(int output, int tap) {
    return sources[output * count + tap];
  }

  /**
   * The same table by input position, for gradients: entry {@code input * count + j} is an {@code
   * output * count + tap} that reads the input, or {@link #PADDING} after the last.
   */
  public int[] readers() {
    int[] readers = new int[Math.multiplyExact(inputs, count)];
    Arrays.fill(readers, PADDING);
    int[] used = new int[inputs];
    for (int i = 0; i < sources.length; i++) {
      if (sources[i] != PADDING) {
        readers[sources[i] * count + used[sources[i]]++] = i;
      }
    }
    return readers;
  }

  /** Size of the table. */
  public long bytes() {
    return 4L * sources.length;
  }
}
