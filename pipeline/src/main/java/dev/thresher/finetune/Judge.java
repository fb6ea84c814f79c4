package dev.thresher.finetune;

import dev.thresher.engine.QuantizedPass;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.DataSet;

/** Compares quantizations by their loss on images that are the same for all. */
public final class Judge {
  private Judge() {}

  /**
   * The mean loss of each one over the minibatches of one shard.
   *
   * @param networkKey of an installed network
   * @param candidates of that network
   * @param minibatches the same each time that they are read
   * @return one loss for each, NaN or infinity where a minibatch's is
   */
  public static double[] losses(
      String networkKey,
      FineTuneSettings settings,
      List<Candidate> candidates,
      Supplier<MinibatchReader> minibatches) {
    FrozenNetwork network = FrozenNetworks.find(networkKey);
    double[] losses = new double[candidates.size()];
    for (int i = 0; i < losses.length; i++) {
      try (QuantizedPass pass = network.quantized(candidates.get(i), settings.batch())) {
        losses[i] = loss(pass, settings, minibatches.get());
      }
    }
    return losses;
  }

  private static double loss(
      QuantizedPass pass, FineTuneSettings settings, MinibatchReader minibatches) {
    double sum = 0;
    int count = 0;
    while (minibatches.hasNext()) {
      DataSet batch = minibatches.next();
      float[] teacher = NdFloats.of(batch.getLabels());
      float[] logits = new float[teacher.length];
      pass.logits(NdFloats.of(batch.getFeatures()), settings.batch(), logits);
      batch.getFeatures().close();
      batch.getLabels().close();
      sum += settings.distillation().loss(logits, teacher, settings.batch());
      count++;
    }
    return sum / count;
  }

  /** The mean over shards, summed in their order. */
  public static double[] mean(List<double[]> shards) {
    double[] mean = new double[shards.get(0).length];
    shards.forEach(shard -> Arrays.setAll(mean, i -> mean[i] + shard[i]));
    Arrays.setAll(mean, i -> mean[i] / shards.size());
    return mean;
  }
}
