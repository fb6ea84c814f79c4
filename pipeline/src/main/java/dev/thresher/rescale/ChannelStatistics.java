package dev.thresher.rescale;

import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.calibrate.TensorStatistics;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;

/** What calibration saw of each channel of any tensor; a view is seen at its input. */
record ChannelStatistics(Graph graph, CalibrationStatistics statistics) {
  /** Statistics of the tensor, or of what it is a view of. */
  TensorStatistics seen(String tensor) {
    return graph.isView(tensor) ? seen(source(tensor)) : statistics.tensor(tensor);
  }

  /** Least value of a channel before its last activation. */
  float low(String tensor, int channel) {
    return graph.isView(tensor)
        ? activation(source(tensor)).apply(low(source(tensor), channel))
        : statistics.tensor(tensor).channelMin(channel);
  }

  /** Greatest value of a channel before its last activation. */
  float high(String tensor, int channel) {
    return graph.isView(tensor)
        ? activation(source(tensor)).apply(high(source(tensor), channel))
        : statistics.tensor(tensor).channelMax(channel);
  }

  /** Greatest magnitude of a channel after its activation. */
  double range(String tensor, int channel) {
    Activation activation = activation(tensor);
    return Math.max(
        Math.abs(activation.apply(low(tensor, channel))),
        Math.abs(activation.apply(high(tensor, channel))));
  }

  /** Greatest magnitude of a channel after its activation, did that have no upper bound. */
  double unboundedRange(String tensor, int channel) {
    double lower = activation(tensor).lower();
    return Math.max(
        Math.abs(Math.max(low(tensor, channel), lower)),
        Math.abs(Math.max(high(tensor, channel), lower)));
  }

  /** The clamp that gives the tensor its values. */
  Activation activation(String tensor) {
    return tensor.equals(graph.input()) ? Activation.NONE : graph.node(tensor).activation();
  }

  /** Variance of a channel's values after the activation. */
  double variance(String tensor, int channel) {
    double mean = seen(tensor).channelMean(channel);
    return Math.max(seen(tensor).channelMeanSquare(channel) - mean * mean, 0);
  }

  /** Whether a tensor can hold a negative value on the grid it is given. */
  boolean isNegative(String tensor) {
    return seen(tensor).min() < 0;
  }

  private String source(String tensor) {
    return graph.node(tensor).inputs().get(0);
  }
}
