package dev.thresher.finetune;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;

/** Compares trained vectors by their loss on images that are the same for all. */
public final class Judge {
  private Judge() {}

  /**
   * The mean loss of each vector over some minibatches.
   *
   * @param network of the task; its state is overwritten, and its training pass given back
   * @param vectors each [n], in the order of the layout
   * @return one loss for each vector, NaN or infinity where a minibatch's is
   */
  public static double[] losses(
      MultiLayerNetwork network, List<float[]> vectors, MinibatchReader minibatches) {
    double[] sums = new double[vectors.size()];
    int count = 0;
    try {
      while (minibatches.hasNext()) {
        DataSet batch = minibatches.next();
        try {
          for (int i = 0; i < sums.length; i++) {
            NdFloats.assign(network.params(), vectors.get(i));
            sums[i] += network.score(batch, false);
          }
        } finally {
          batch.getFeatures().close();
          batch.getLabels().close();
        }
        count++;
      }
    } finally {
      TrainingNetworks.computation(network).release();
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= count;
    }
    return sums;
  }

  /** The mean over shards, summed in their order. */
  public static double[] mean(List<double[]> shards) {
    double[] mean = new double[shards.get(0).length];
    for (double[] shard : shards) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += shard[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= shards.size();
    }
    return mean;
  }
}
