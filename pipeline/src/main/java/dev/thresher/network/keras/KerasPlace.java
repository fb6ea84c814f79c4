package dev.thresher.network.keras;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a layer stands, since networks may be layers of networks.
 *
 * @param networks names of the networks around it, from the outermost; empty for a layer of the
 *     model itself
 * @param own its name within its network
 * @param stored its group in the weights of a {@code .keras} archive
 */
record KerasPlace(List<String> networks, String own, String stored) {
  KerasPlace {
    networks = List.copyOf(networks);
  }

  /** A name that no other layer of the file has: OUTER/INNER. */
  static String name(List<String> networks, String own) {
    List<String> parts = new ArrayList<>(networks);
    parts.add(own);
    return String.join("/", parts);
  }

  String name() {
    return name(networks, own);
  }
}
