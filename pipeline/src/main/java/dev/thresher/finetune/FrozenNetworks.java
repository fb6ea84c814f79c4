package dev.thresher.finetune;

import dev.thresher.engine.Engine;
import dev.thresher.engine.ThresholdedNetwork;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The frozen networks of this JVM by the key that the layer's configuration names. Filled before
 * training, on executors from the Spark broadcast; the two used last are kept. Thread-safe.
 */
public final class FrozenNetworks {
  /** A run trains one network; the second bridges two runs in one JVM. */
  private static final int KEPT = 2;

  private static final Map<String, FrozenNetwork> NETWORKS = new LinkedHashMap<>(4, 0.75f, true);

  private FrozenNetworks() {}

  /** The key of a network on an engine. */
  public static String key(String networkHash, String engine) {
    return engine + "/" + networkHash;
  }

  /** Makes a network known here, unless it is; only then are the suppliers asked. */
  public static void install(
      String key, Supplier<ThresholdedNetwork> network, Supplier<Engine> engine) {
    synchronized (NETWORKS) {
      if (NETWORKS.get(key) != null) {
        return;
      }
      NETWORKS.put(key, new FrozenNetwork(network.get(), engine.get()));
      while (NETWORKS.size() > KEPT) {
        String eldest = NETWORKS.keySet().iterator().next();
        NETWORKS.remove(eldest).close();
      }
    }
  }

  /** Gives up a network and the passes made for it; unknown keys are ignored. */
  public static void release(String key) {
    FrozenNetwork network;
    synchronized (NETWORKS) {
      network = NETWORKS.remove(key);
    }
    if (network != null) {
      network.close();
    }
  }

  static FrozenNetwork find(String key) {
    synchronized (NETWORKS) {
      FrozenNetwork network = NETWORKS.get(key);
      if (network == null) {
        throw new FineTuneException(
            "Cannot run the threshold scale layer: this JVM does not hold network "
                + key
                + ". Install it with FrozenNetworks.install first.");
      }
      return network;
    }
  }
}
