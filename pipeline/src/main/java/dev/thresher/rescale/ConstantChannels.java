package dev.thresher.rescale;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes out of the weights what never varies. A channel that has the same value c after its
 * activation on every calibration image, such as one of a batch normalization that saw no variance,
 * carries no information, but folding may have given it weights hundreds of times those of its
 * neighbours, and one scale for the whole tensor then rounds the neighbours away.
 *
 * <pre>
 *   W[k] = 0 ;  b[k] = c                                  in the layer that computes channel k
 *   b += W_next[:, k] c ;  W_next[:, k] = 0               in each layer that reads it, where its
 *                                                         window pads nothing or c = 0
 * </pre>
 *
 * Where every reader took c into its bias, b[k] becomes 0. A channel counts as constant if it
 * varies by at most {@link #TOLERANCE} of its own value, or is always 0; it changes on the
 * calibration images by no more than half of that.
 */
final class ConstantChannels {
  /** Share of a channel's value: a quarter of a step of 8 bits. */
  static final double TOLERANCE = 1.0 / 1024;

  private final Graph graph;
  private final ChannelStatistics statistics;
  private final Map<String, Linear> changed = new HashMap<>();
  private final List<AbsorbedChannel> absorbed = new ArrayList<>();

  private ConstantChannels(CalibratedNetwork calibrated) {
    this.graph = calibrated.folded().graph();
    this.statistics = new ChannelStatistics(graph, calibrated.statistics());
  }

  /** What came of it. */
  record Result(FoldedNetwork folded, List<AbsorbedChannel> absorbed) {}

  /** Absorbs every constant channel of a network's weighted layers. */
  static Result absorb(CalibratedNetwork calibrated) {
    ConstantChannels channels = new ConstantChannels(calibrated);
    for (Node node : channels.graph.nodes()) {
      if (node.linear().isPresent()) {
        channels.silenceInputs(node);
      }
    }
    for (Node node : channels.graph.nodes()) {
      if (node.linear().isPresent()) {
        channels.silenceFilters(node);
      }
    }
    FoldedNetwork folded = calibrated.folded();
    Map<String, Node> nodes = new HashMap<>();
    channels.changed.forEach(
        (name, operator) -> nodes.put(name, channels.graph.node(name).withOperator(operator)));
    return new Result(
        new FoldedNetwork(folded.name(), channels.graph.with(nodes), folded.sha256()),
        List.copyOf(channels.absorbed));
  }

  private Linear current(Node node) {
    return changed.getOrDefault(node.name(), node.weighted());
  }

  private void silenceInputs(Node node) {
    String source = node.inputs().get(0);
    double[] constants = constants(source);
    ChannelWeights weights = new ChannelWeights(current(node), graph.shape(source).channels());
    float[] values = weights.layer().weights().values();
    float[] bias = weights.layer().bias().values();
    double[] shift = new double[bias.length];
    boolean any = false;
    for (int i = 0; i < values.length; i++) {
      double constant = constants[weights.input(i)];
      if (!Double.isNaN(constant) && values[i] != 0 && absorbs(node, constant)) {
        shift[weights.filter(i)] += constant * values[i];
        values[i] = 0;
        any = true;
      }
    }
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) (bias[k] + shift[k]);
    }
    if (any) {
      replace(node, values, bias);
    }
  }

  private void silenceFilters(Node node) {
    double[] constants = constants(node.name());
    float[] values = current(node).weights().values();
    float[] bias = current(node).bias().values();
    int each = current(node).filterSize();
    boolean any = false;
    for (int k = 0; k < bias.length; k++) {
      if (Double.isNaN(constants[k])) {
        continue;
      }
      double range = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        range = Math.max(range, Math.abs(values[i]));
        values[i] = 0;
      }
      boolean unread = isAbsorbed(node, constants[k]);
      bias[k] = unread && !node.name().equals(graph.output()) ? 0 : (float) constants[k];
      absorbed.add(new AbsorbedChannel(node.name(), k, constants[k], range));
      any = true;
    }
    if (any) {
      replace(node, values, bias);
    }
  }

  private void replace(Node node, float[] values, float[] bias) {
    Linear layer = current(node);
    changed.put(
        node.name(),
        layer.with(Tensor.of(values, layer.weights().shape()), Tensor.of(bias, bias.length)));
  }

  private boolean isAbsorbed(Node node, double constant) {
    return graph.consumers(node.name()).stream().allMatch(reader -> absorbs(reader, constant));
  }

  /** Whether a reader can take a constant into its bias: padding must not show its edge. */
  private static boolean absorbs(Node reader, double constant) {
    return reader
        .linear()
        .map(linear -> constant == 0 || linear.window().padsNothing())
        .orElse(false);
  }

  /** The value of each channel after the activation, NaN where it varies. */
  private double[] constants(String tensor) {
    Activation activation = statistics.activation(tensor);
    double[] constants = new double[graph.shape(tensor).channels()];
    for (int k = 0; k < constants.length; k++) {
      double low = activation.apply(statistics.low(tensor, k));
      double high = activation.apply(statistics.high(tensor, k));
      boolean varies = high - low > TOLERANCE * Math.max(Math.abs(low), Math.abs(high));
      constants[k] = varies || tensor.equals(graph.input()) ? Double.NaN : (low + high) / 2;
    }
    return constants;
  }
}
