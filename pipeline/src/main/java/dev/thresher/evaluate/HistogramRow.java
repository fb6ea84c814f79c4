package dev.thresher.evaluate;

import dev.thresher.engine.ScaleLayout;
import dev.thresher.network.Graph;
import java.util.ArrayList;
import java.util.List;

/**
 * One bin of a histogram.
 *
 * @param layer index of the layer
 * @param tensor name of the layer
 * @param of {@code weights} or {@code activation}
 * @param bin its ends and count
 */
public record HistogramRow(int layer, String tensor, String of, LinearHistogram.Bin bin) {
  /** The weights of every layer that has some, and the activations that were studied. */
  public static List<HistogramRow> of(Graph graph, LayerStudy study) {
    List<HistogramRow> rows = new ArrayList<>();
    List<String> layers = ScaleLayout.quantizedTensors(graph);
    for (int i = 0; i < layers.size(); i++) {
      String layer = layers.get(i);
      boolean isNode = !layer.equals(graph.input());
      if (isNode && graph.node(layer).linear().isPresent()) {
        LinearHistogram weights = new LinearHistogram();
        weights.add(graph.node(layer).weighted().weights().values());
        add(rows, i, layer, "weights", weights);
      }
      if (study.values().containsKey(layer)) {
        add(rows, i, layer, "activation", study.values().get(layer));
      }
    }
    return rows;
  }

  private static void add(
      List<HistogramRow> rows, int layer, String tensor, String of, LinearHistogram histogram) {
    histogram.bins().forEach(bin -> rows.add(new HistogramRow(layer, tensor, of, bin)));
  }
}
