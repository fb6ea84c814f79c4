package dev.thresher.finetune;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.quantize.Granularity;
import java.util.ArrayList;
import java.util.List;

/**
 * Searches the thresholds of weight tensors, one after the other, for those of the least loss.
 *
 * <p>One threshold for a whole tensor rounds every weight of it anew wherever it moves. Where few
 * steps are left for a small filter, as in depthwise layers, the loss then jumps by more than any
 * gradient promises: a rough ground, on which trying is better than descending. Each threshold is
 * tried at some distances from where it stands, and what lowers the loss is kept, so that gains of
 * the layers add up, as steps of all of them at once do not. Per filter there are thousands, each
 * of little weight, and nothing is searched.
 *
 * <p>A pure function of task and vector. Cost of a pass: at most {@link #MOVES} judgements a
 * tensor.
 */
final class ThresholdSearch {
  /** Tried distances, relative to a threshold. */
  private static final double[] MOVES = {-0.005, 0.005, -0.01, 0.01, -0.02, 0.02, -0.04, -0.08};

  private final FineTuneTask task;
  private final RoundRunner rounds;
  private final FineTuneListener listener;
  private final List<Block> tensors;
  private float[] best;
  private double loss;

  ThresholdSearch(FineTuneTask task, RoundRunner rounds, FineTuneListener listener) {
    this.task = task;
    this.rounds = rounds;
    this.listener = listener;
    ThresholdedNetwork network = task.network();
    boolean isPerTensor = network.spec().granularity() == Granularity.PER_TENSOR;
    this.tensors = isPerTensor ? network.layout().weights() : List.of();
  }

  /** The best vector found from here, the one given included. */
  float[] search(float[] from) {
    int passes = task.settings().searchPasses();
    if (tensors.isEmpty() || passes == 0) {
      return from;
    }
    best = from.clone();
    loss = rounds.judge(List.of(Candidate.nearest(best)))[0];
    listener.onSearch(0, passes * tensors.size(), loss);
    for (int pass = 0; pass < passes; pass++) {
      for (int i = 0; i < tensors.size(); i++) {
        move(tensors.get(i).offset());
        listener.onSearch(pass * tensors.size() + i + 1, passes * tensors.size(), loss);
      }
    }
    return best;
  }

  private void move(int at) {
    List<float[]> tried = new ArrayList<>();
    for (double move : MOVES) {
      float[] vector = best.clone();
      vector[at] = (float) (best[at] * (1 + move));
      task.network().clamp(vector);
      if (tried.stream().noneMatch(other -> other[at] == vector[at]) && vector[at] != best[at]) {
        tried.add(vector);
      }
    }
    double[] losses =
        tried.isEmpty()
            ? new double[0]
            : rounds.judge(tried.stream().map(Candidate::nearest).toList());
    for (int i = 0; i < losses.length; i++) {
      if (losses[i] < loss) {
        loss = losses[i];
        best = tried.get(i);
      }
    }
  }
}
