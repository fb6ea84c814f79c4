package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.OptionalDouble;

/**
 * What was counted while a quantized network and the float network saw the same images. Immutable;
 * {@link #plus} adds two of them. Counts do not depend on the order; the squares are sums in
 * double, the same wherever parts are added in one order.
 *
 * @param classes logits of an image
 * @param images seen
 * @param labelled images that had a label
 * @param floatTop1 labelled images whose label the float network put first
 * @param floatTop5 labelled images whose label the float network put among the first five
 * @param quantizedTop1 as floatTop1, of the quantized network
 * @param quantizedTop5 as floatTop5, of the quantized network
 * @param bothTop1 labelled images whose label both networks put first
 * @param agreeing images for which both networks put the same class first
 * @param squaredLogits sum over images and classes of the float network's squared logits
 * @param squaredError sum over images and classes of the squared difference of logits
 * @param greatestError greatest difference of a logit, in units of logits
 */
public record Comparison(
    int classes,
    long images,
    long labelled,
    long floatTop1,
    long floatTop5,
    long quantizedTop1,
    long quantizedTop5,
    long bothTop1,
    long agreeing,
    double squaredLogits,
    double squaredError,
    double greatestError)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Nothing seen yet. */
  public static Comparison none(int classes) {
    return new Comparison(classes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** This and then that. */
  public Comparison plus(Comparison that) {
    if (classes != that.classes) {
      throw new EvaluationException(
          "Cannot add figures of networks with "
              + classes
              + " and with "
              + that.classes
              + " classes.");
    }
    return new Comparison(
        classes,
        images + that.images,
        labelled + that.labelled,
        floatTop1 + that.floatTop1,
        floatTop5 + that.floatTop5,
        quantizedTop1 + that.quantizedTop1,
        quantizedTop5 + that.quantizedTop5,
        bothTop1 + that.bothTop1,
        agreeing + that.agreeing,
        squaredLogits + that.squaredLogits,
        squaredError + that.squaredError,
        Math.max(greatestError, that.greatestError));
  }

  /** How the two did on the labelled images: first the float, then the quantized network. */
  public PairedCounts top1Pairs() {
    return new PairedCounts(
        bothTop1,
        floatTop1 - bothTop1,
        quantizedTop1 - bothTop1,
        labelled - floatTop1 - quantizedTop1 + bothTop1);
  }

  /** {@code sqrt(sum d^2 / (images * classes))}, in units of logits; empty without images. */
  public OptionalDouble logitRmse() {
    return images == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.sqrt(squaredError / ((double) images * classes)));
  }

  /** The logits' signal to noise in dB; empty where all logits are zero or without images. */
  public OptionalDouble logitSqnr() {
    return new SignalToNoise(squaredLogits, squaredError).decibels();
  }
}
