package dev.thresher.finetune;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.finetune.rounding.LayerProbe;
import dev.thresher.finetune.rounding.LayerSums;
import org.nd4j.linalg.dataset.DataSet;

/** Measures a layer on the minibatches of one shard. */
public final class LayerMeasurement {
  private LayerMeasurement() {}

  /**
   * The sums that a layer's integers are chosen by.
   *
   * @param networkKey of an installed network
   * @param origin what that network was made from
   * @param soFar integers of the layers before
   * @param node weighted
   */
  public static LayerSums of(
      String networkKey,
      FloatOrigin origin,
      Candidate soFar,
      String node,
      MinibatchReader minibatches) {
    FrozenNetwork network = FrozenNetworks.find(networkKey);
    try (LayerProbe probe =
        new LayerProbe(network.engine(), origin, network.integers(soFar), node)) {
      while (minibatches.hasNext()) {
        DataSet batch = minibatches.next();
        probe.add(NdFloats.of(batch.getFeatures()), Math.toIntExact(batch.getFeatures().size(0)));
        batch.getFeatures().close();
        batch.getLabels().close();
      }
      return probe.sums();
    }
  }
}
