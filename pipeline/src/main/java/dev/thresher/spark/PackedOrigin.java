package dev.thresher.spark;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.network.GraphCodec;
import java.io.Serializable;
import java.util.HashMap;

/** What a network was made from, as a broadcast takes it. */
@SuppressWarnings("ArrayRecordComponent")
record PackedOrigin(byte[] graph, HashMap<String, double[]> factors) implements Serializable {
  private static final long serialVersionUID = 1L;

  static PackedOrigin of(FloatOrigin origin) {
    return new PackedOrigin(GraphCodec.encode(origin.graph()), new HashMap<>(origin.factors()));
  }

  FloatOrigin open() {
    return new FloatOrigin(GraphCodec.decode(graph), factors);
  }
}
