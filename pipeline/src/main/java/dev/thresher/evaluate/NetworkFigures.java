package dev.thresher.evaluate;

import java.util.OptionalDouble;

/**
 * How good one network is on the evaluated images.
 *
 * @param network {@code float}, or the name of a candidate
 * @param top1 labelled images whose label it puts first
 * @param top5 labelled images whose label it puts among the first five
 * @param drop what it loses of Top-1 against the float network
 * @param pairs Top-1 hits of the float network and of this one
 * @param agreement images with the float network's first class
 * @param logitRmse against the float network, in units of logits
 * @param logitSqnrDb against the float network; empty for that itself
 * @param logitMaxDifference greatest difference from the float network, in units of logits
 */
public record NetworkFigures(
    String network,
    Proportion top1,
    Proportion top5,
    Drop drop,
    PairedCounts pairs,
    Proportion agreement,
    OptionalDouble logitRmse,
    OptionalDouble logitSqnrDb,
    OptionalDouble logitMaxDifference) {
  /** The float network's own row: all of it agrees with itself. */
  static NetworkFigures ofFloat(String network, Comparison any) {
    OptionalDouble all = OptionalDouble.of(100);
    OptionalDouble zero = OptionalDouble.of(0);
    return new NetworkFigures(
        network,
        Proportion.of(any.floatTop1(), any.labelled()),
        Proportion.of(any.floatTop5(), any.labelled()),
        Drop.unknown(),
        new PairedCounts(any.floatTop1(), 0, 0, any.labelled() - any.floatTop1()),
        new Proportion(all, all, all),
        zero,
        OptionalDouble.empty(),
        zero);
  }

  static NetworkFigures of(String network, Comparison comparison) {
    boolean seen = comparison.images() > 0;
    return new NetworkFigures(
        network,
        Proportion.of(comparison.quantizedTop1(), comparison.labelled()),
        Proportion.of(comparison.quantizedTop5(), comparison.labelled()),
        comparison.top1Pairs().drop(),
        comparison.top1Pairs(),
        Proportion.of(comparison.agreeing(), comparison.images()),
        comparison.logitRmse(),
        comparison.logitSqnr(),
        seen ? OptionalDouble.of(comparison.greatestError()) : OptionalDouble.empty());
  }
}
