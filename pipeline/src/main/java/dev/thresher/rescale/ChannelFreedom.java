package dev.thresher.rescale;

import dev.thresher.calibrate.ClampHistogram;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How far each channel of a group may be scaled without a change of what the network computes on
 * the calibration images: s_k in (0, limit_k], or s_k = 1 where it is locked.
 *
 * <p>A clamp at zero commutes with any positive factor. A clamp with an upper bound does so only
 * while the channel stays under {@link DepthwiseRescaler#LOCK_LIMIT} of the bound: a channel that
 * reaches it is locked, or fitted where {@link ClampRule#FIT} says so and only one layer makes it;
 * the others may grow until they would.
 */
@SuppressWarnings("ArrayRecordComponent")
record ChannelFreedom(LockReason reason, boolean[] locked, double[] limit, ClampFit[] fits) {
  /** Factors of fitted channels stay within what their histograms can tell, e^-5 to e^2. */
  private static final double LEAST_FITTED = -5;

  private static final double GREATEST_FITTED = 2;

  /** Why a whole group cannot be scaled. */
  enum LockReason {
    /** It can. */
    NONE,
    /** It holds the images, whose scale is given. */
    NETWORK_INPUT,
    /** It holds the logits, whose scale is wanted. */
    NETWORK_OUTPUT,
    /** A clamp with another lower bound than zero does not commute with a factor. */
    LOWER_BOUND;

    /** As the report has it. */
    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static ChannelFreedom of(ChannelGroup group, ChannelStatistics statistics, ClampRule rule) {
    boolean[] locked = new boolean[group.channels()];
    double[] limit = new double[group.channels()];
    Arrays.fill(limit, Double.POSITIVE_INFINITY);
    LockReason reason = reason(group, statistics.graph());
    Arrays.fill(locked, reason != LockReason.NONE);
    for (String tensor : group.tensors()) {
      double bound = statistics.activation(tensor).upper() * DepthwiseRescaler.LOCK_LIMIT;
      for (int k = 0; k < locked.length && Double.isFinite(bound); k++) {
        double greatest = statistics.high(tensor, k);
        locked[k] |= greatest >= bound;
        limit[k] = greatest > 0 ? Math.min(limit[k], bound / greatest) : limit[k];
      }
    }
    ClampFit[] fits = new ClampFit[locked.length];
    if (rule == ClampRule.FIT && reason == LockReason.NONE) {
      fit(group, statistics, locked, fits);
    }
    return new ChannelFreedom(reason, locked, limit, fits);
  }

  private static void fit(
      ChannelGroup group, ChannelStatistics statistics, boolean[] locked, ClampFit[] fits) {
    List<String> bounded =
        group.tensors().stream()
            .filter(tensor -> Float.isFinite(statistics.activation(tensor).upper()))
            .toList();
    if (bounded.size() != 1
        || group.producers().size() != 1
        || !bounded.get(0).equals(group.producers().get(0).name())) {
      return;
    }
    String tensor = bounded.get(0);
    Activation activation = statistics.activation(tensor);
    ClampHistogram histogram = statistics.seen(tensor).clamped().orElseThrow();
    for (int k = 0; k < locked.length && activation.lower() == 0; k++) {
      if (locked[k]) {
        fits[k] = new ClampFit(histogram, k, activation.upper());
      }
    }
  }

  /** Whether a channel's factor may move. */
  boolean isFree(int k) {
    return !locked[k] || fits[k] != null;
  }

  private static LockReason reason(ChannelGroup group, Graph graph) {
    if (group.tensors().contains(graph.input())) {
      return LockReason.NETWORK_INPUT;
    }
    if (group.tensors().contains(graph.output())) {
      return LockReason.NETWORK_OUTPUT;
    }
    for (String tensor : group.tensors()) {
      Activation activation = graph.node(tensor).activation();
      boolean scales = activation.lower() == 0 || activation.lower() == Float.NEGATIVE_INFINITY;
      if (!scales || activation.upper() <= 0) {
        return LockReason.LOWER_BOUND;
      }
    }
    return LockReason.NONE;
  }

  /** The nearest logarithm of a factor that channel k may have beside the locked ones. */
  double clamp(int k, double logarithm) {
    if (fits[k] != null) {
      return Math.min(Math.max(logarithm, LEAST_FITTED), GREATEST_FITTED);
    }
    double greatest = NoiseDescent.GREATEST_LOGARITHM;
    double upper = isPinned() ? Math.min(greatest, StrictMath.log(limit[k])) : greatest;
    return Math.min(Math.max(logarithm, -greatest), upper);
  }

  /** Whether a locked channel fixes the scale of the group; else it is free as a whole. */
  boolean isPinned() {
    return lockedChannels() > 0;
  }

  /** Channels that reach their bound and are scaled all the same. */
  int fittedChannels() {
    int count = 0;
    for (ClampFit fit : fits) {
      count += fit == null ? 0 : 1;
    }
    return count;
  }

  /** Channels that reach their bound, the fitted ones included. */
  int lockedChannels() {
    int count = 0;
    for (boolean each : locked) {
      count += each ? 1 : 0;
    }
    return count;
  }
}
