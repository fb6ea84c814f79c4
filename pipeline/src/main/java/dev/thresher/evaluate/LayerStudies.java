package dev.thresher.evaluate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Studies the layers of a quantized network: what each one's quantization does to the logits when
 * it is the only one that is quantized, and when it is the only one that is not. The first says
 * which layers hurt, the second which are worth leaving in float.
 *
 * <p>For every layer the network is computed twice from that layer on: an image costs about as many
 * float forward passes as the network has layers. Holds the activations of one image three times.
 * Used by one thread at a time.
 */
public final class LayerStudies implements AutoCloseable {
  private final Graph graph;
  private final MixedNetwork network;

  /**
   * Studies this network on this engine.
   *
   * @param floats what it is compared with: its own graph, but for biases that were corrected
   */
  public LayerStudies(Engine engine, Graph floats, IntegerNetwork network) {
    this.graph = network.graph();
    this.network = new MixedNetwork(engine, floats, network);
  }

  /**
   * The study of one image.
   *
   * @param image normalised, [H, W, C]
   */
  public LayerStudy of(float[] image) {
    Map<String, float[]> floats = all(image, Precision.FLOAT);
    Map<String, float[]> quantized = all(image, Precision.QUANTIZED);
    float[] logits = floats.get(graph.output());
    Map<String, SignalToNoise> own = new LinkedHashMap<>();
    Map<String, SignalToNoise> only = new LinkedHashMap<>();
    Map<String, SignalToNoise> allBut = new LinkedHashMap<>();
    Map<String, LinearHistogram> values = new LinkedHashMap<>();
    for (String layer : ScaleLayout.quantizedTensors(graph)) {
      own.put(layer, SignalToNoise.of(floats.get(layer), quantized.get(layer)));
      float[] alone = logits(layer, image, floats, Precision.QUANTIZED, Precision.FLOAT);
      only.put(layer, SignalToNoise.of(logits, alone));
      float[] without = logits(layer, image, quantized, Precision.FLOAT, Precision.QUANTIZED);
      allBut.put(layer, SignalToNoise.of(logits, without));
      LinearHistogram histogram = new LinearHistogram();
      histogram.add(floats.get(layer));
      values.put(layer, histogram);
    }
    SignalToNoise whole = SignalToNoise.of(logits, quantized.get(graph.output()));
    return new LayerStudy(1, own, only, allBut, whole, values);
  }

  /** Every tensor of the network, all layers in one precision. */
  private Map<String, float[]> all(float[] image, Precision precision) {
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put(graph.input(), network.input(image, precision));
    for (Node node : graph.nodes()) {
      List<float[]> inputs = node.inputs().stream().map(tensors::get).toList();
      tensors.put(node.name(), network.compute(node, inputs, precision));
    }
    return tensors;
  }

  /** The logits with one layer in its own precision; computes what follows that layer. */
  private float[] logits(
      String layer,
      float[] image,
      Map<String, float[]> tensors,
      Precision ofLayer,
      Precision ofOthers) {
    Map<String, float[]> changed = new HashMap<>();
    if (layer.equals(graph.input())) {
      changed.put(layer, network.input(image, ofLayer));
    }
    for (Node node : graph.nodes()) {
      boolean isLayer = node.name().equals(layer);
      if (isLayer || node.inputs().stream().anyMatch(changed::containsKey)) {
        List<float[]> inputs =
            node.inputs().stream().map(x -> changed.getOrDefault(x, tensors.get(x))).toList();
        changed.put(node.name(), network.compute(node, inputs, isLayer ? ofLayer : ofOthers));
      }
    }
    return changed.getOrDefault(graph.output(), tensors.get(graph.output()));
  }

  @Override
  public void close() {
    network.close();
  }
}
