package dev.thresher.rescale;

import java.util.List;
import java.util.Locale;

/**
 * What rescaling did to a network, for the run's report.
 *
 * @param scope {@code none}, {@code depthwise} or {@code all}
 * @param iterations steps of the search for factors
 * @param pairs what the paper's rule did; empty for other scopes
 * @param groups what equalization did to each group of tensors; empty for other scopes
 * @param absorbed constant channels taken out of the weights; empty for other scopes
 */
public record RescalingReport(
    String scope,
    int iterations,
    List<RescaledPair> pairs,
    List<RescaledGroup> groups,
    List<AbsorbedChannel> absorbed) {

  /** Copies the lists. */
  public RescalingReport {
    pairs = List.copyOf(pairs);
    groups = List.copyOf(groups);
    absorbed = List.copyOf(absorbed);
  }

  static RescalingReport none() {
    return new RescalingReport(word(RescaleScope.NONE), 0, List.of(), List.of(), List.of());
  }

  static RescalingReport depthwise(List<RescaledPair> pairs) {
    return new RescalingReport(word(RescaleScope.DEPTHWISE), 1, pairs, List.of(), List.of());
  }

  static RescalingReport all(
      int iterations, List<RescaledGroup> groups, List<AbsorbedChannel> absorbed) {
    return new RescalingReport(word(RescaleScope.ALL), iterations, List.of(), groups, absorbed);
  }

  private static String word(RescaleScope scope) {
    return scope.name().toLowerCase(Locale.ROOT);
  }

  /** The pairs, or the groups as such; groups that hold the images or the logits are left out. */
  public List<RescaledPair> rows() {
    return groups.isEmpty()
        ? pairs
        : groups.stream()
            .filter(group -> group.lockedBecause().equals("none"))
            .map(RescaledGroup::row)
            .toList();
  }

  /** Channels that kept their scale because they reach the upper bound of a clamp. */
  public int lockedChannels() {
    int inPairs = pairs.stream().mapToInt(RescaledPair::locked).sum();
    return inPairs
        + groups.stream()
            .filter(group -> group.lockedBecause().equals("none"))
            .mapToInt(RescaledGroup::locked)
            .sum();
  }

  /** Channels that reach the upper bound of a clamp and were scaled all the same. */
  public int fittedChannels() {
    return groups.stream().mapToInt(RescaledGroup::fitted).sum();
  }
}
