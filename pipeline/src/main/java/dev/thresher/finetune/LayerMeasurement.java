package dev.thresher.finetune;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.finetune.rounding.BlockInputs;
import dev.thresher.finetune.rounding.LayerProbe;
import dev.thresher.finetune.rounding.LayerSums;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.DataSet;

/** Measures a layer on some minibatches of one shard. */
public final class LayerMeasurement {
  private LayerMeasurement() {}

  /**
   * The sums that a layer's integers are chosen by. What the images give where the layer's block
   * begins is kept in this JVM for the layers after it.
   *
   * @param networkKey of an installed network
   * @param origin what that network was made from
   * @param soFar integers of the layers before
   * @param node weighted
   * @param minibatches the same for every layer
   */
  public static LayerSums of(
      String networkKey,
      FloatOrigin origin,
      Candidate soFar,
      String node,
      Supplier<MinibatchReader> minibatches) {
    FrozenNetwork network = FrozenNetworks.find(networkKey);
    IntegerNetwork integers = network.integers(soFar);
    Engine engine = network.engine();
    MinibatchReader.Key key = minibatches.get().key();
    BlockInputs.Source images = receiver -> give(minibatches.get(), receiver);
    Optional<BlockInputs> inputs =
        BlockInputs.at(engine, origin, integers, node, network.kept(key), images);
    List<String> layers = RoundingFitter.layers(integers.graph());
    boolean isLast = node.equals(layers.get(layers.size() - 1));
    network.keep(key, isLast ? Optional.empty() : inputs);
    String from = inputs.map(BlockInputs::tensor).orElse(integers.graph().input());
    try (LayerProbe probe = new LayerProbe(engine, origin, integers, node, from)) {
      inputs.<BlockInputs.Source>map(kept -> kept::forEach).orElse(images).forEach(probe::add);
      return probe.sums();
    }
  }

  private static void give(MinibatchReader minibatches, BlockInputs.Receiver receiver) {
    while (minibatches.hasNext()) {
      DataSet batch = minibatches.next();
      float[] values = NdFloats.of(batch.getFeatures());
      receiver.accept(values, values, Math.toIntExact(batch.getFeatures().size(0)));
      batch.getFeatures().close();
      batch.getLabels().close();
    }
  }
}
