package dev.thresher.finetune;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.finetune.rounding.CodeFit;
import dev.thresher.finetune.rounding.LayerSums;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import java.util.List;

/**
 * Chooses the integers of all layers after the thresholds are trained, one layer after the other in
 * the order of execution, so that each makes up for what the layers before it have changed. The
 * result is kept if it is judged better than rounding to nearest, on images that no layer was
 * fitted to where the sample has enough. A pure function of task and scales.
 *
 * <p>Cost: on {@link FineTuneSettings#roundingImages} images, for every layer its block up to it,
 * in integers and in float; the layers before the first block's end from the images on.
 */
final class RoundingFitter {
  private final FineTuneTask task;
  private final RoundRunner rounds;
  private final FineTuneListener listener;

  RoundingFitter(FineTuneTask task, RoundRunner rounds, FineTuneListener listener) {
    this.task = task;
    this.rounds = rounds;
    this.listener = listener;
  }

  /** The rounding for these scales. */
  Rounding fit(float[] scales) {
    if (task.settings().roundingImages() == 0) {
      return Rounding.NEAREST;
    }
    List<String> layers = layers(task.network().graph());
    Candidate fitted = Candidate.nearest(scales);
    for (int i = 0; i < layers.size(); i++) {
      String name = layers.get(i);
      LayerSums sums = rounds.measure(name, fitted);
      IntegerNetwork integers = IntegerNetwork.of(task.network(), scales, fitted.rounding());
      Rounding.Layer layer = CodeFit.fit(integers, name, sums);
      fitted = new Candidate(scales, fitted.rounding().with(name, layer));
      listener.onFitted(i + 1, layers.size());
    }
    return better(scales, fitted);
  }

  /** The layers that are fitted, in order. */
  static List<String> layers(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.linear().filter(LayerSums::fits).isPresent())
        .map(Node::name)
        .toList();
  }

  private Rounding better(float[] scales, Candidate fitted) {
    if (task.settings().judgedImages() == 0) {
      return fitted.rounding();
    }
    double[] losses = rounds.judge(List.of(Candidate.nearest(scales), fitted));
    boolean isBetter = losses[1] < losses[0];
    listener.onRounding(losses[0], losses[1], isBetter);
    return isBetter ? fitted.rounding() : Rounding.NEAREST;
  }
}
