package dev.thresher.calibrate;

import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;

/**
 * The mean input that each weight of a filter meets, over the positions that its window takes,
 * zeros of the padding included. With it the mean of a filter's sums is a sum itself.
 */
final class WindowMeans {
  private WindowMeans() {}

  /**
   * Means of one image.
   *
   * @param values [H, W, C]; a fully connected layer reads all of them
   * @return [channels, taps], which is [groups, I / groups, taps]
   */
  static double[] of(Linear layer, float[] values, FeatureShape shape) {
    return layer.match(
        convolution -> of(convolution, values, shape), dense -> channelsFirst(values, shape));
  }

  private static double[] of(Convolution convolution, float[] values, FeatureShape shape) {
    Window window = convolution.window();
    int kernelWidth = convolution.kernelWidth();
    int taps = convolution.kernelHeight() * kernelWidth;
    int rows = window.outputHeight(shape.height(), convolution.kernelHeight());
    int columns = window.outputWidth(shape.width(), kernelWidth);
    int channels = shape.channels();
    double[] means = new double[channels * taps];
    double[] sums = new double[channels];
    for (int tap = 0; tap < taps; tap++) {
      java.util.Arrays.fill(sums, 0);
      int top = tap / kernelWidth * window.dilationHeight() - window.padTop();
      int left = tap % kernelWidth * window.dilationWidth() - window.padLeft();
      for (int row = 0; row < rows; row++) {
        int y = row * window.strideHeight() + top;
        for (int column = 0; column < columns && y >= 0 && y < shape.height(); column++) {
          int x = column * window.strideWidth() + left;
          if (x >= 0 && x < shape.width()) {
            add(values, (y * shape.width() + x) * channels, sums);
          }
        }
      }
      for (int c = 0; c < channels; c++) {
        means[c * taps + tap] = sums[c] / ((double) rows * columns);
      }
    }
    return means;
  }

  private static void add(float[] values, int from, double[] sums) {
    for (int c = 0; c < sums.length; c++) {
      sums[c] += values[from + c];
    }
  }

  private static double[] channelsFirst(float[] values, FeatureShape shape) {
    double[] means = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int channel = i % shape.channels();
      means[channel * shape.positions() + i / shape.channels()] = values[i];
    }
    return means;
  }
}
