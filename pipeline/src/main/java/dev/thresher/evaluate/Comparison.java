package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.OptionalDouble;

/**
 * What was counted while a quantized network and the float network saw the same images. Immutable;
 * {@link #plus} adds two of them. Counts do not depend on the order; the squared error is a sum in
 * double, the same wherever parts are added in one order.
 *
 * @param classes logits of an image
 * @param images seen
 * @param labelled images that had a label
 * @param floatTop1 labelled images whose label the float network put first
 * @param floatTop5 labelled images whose label the float network put among the first five
 * @param quantizedTop1 as floatTop1, of the quantized network
 * @param quantizedTop5 as floatTop5, of the quantized network
 * @param agreeing images for which both networks put the same class first
 * @param squaredError sum over images and classes of the squared difference of logits
 */
public record Comparison(
    int classes,
    long images,
    long labelled,
    long floatTop1,
    long floatTop5,
    long quantizedTop1,
    long quantizedTop5,
    long agreeing,
    double squaredError)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Nothing seen yet. */
  public static Comparison none(int classes) {
    return new Comparison(classes, 0, 0, 0, 0, 0, 0, 0, 0);
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
        agreeing + that.agreeing,
        squaredError + that.squaredError);
  }

  /** Top-1 of the float network in percent of the labelled images; empty without labels. */
  public OptionalDouble floatTop1Percent() {
    return percent(floatTop1, labelled);
  }

  /** Top-5 of the float network in percent of the labelled images; empty without labels. */
  public OptionalDouble floatTop5Percent() {
    return percent(floatTop5, labelled);
  }

  /** Top-1 of the quantized network in percent of the labelled images; empty without labels. */
  public OptionalDouble quantizedTop1Percent() {
    return percent(quantizedTop1, labelled);
  }

  /** Top-5 of the quantized network in percent of the labelled images; empty without labels. */
  public OptionalDouble quantizedTop5Percent() {
    return percent(quantizedTop5, labelled);
  }

  /** Images with the same first class, in percent; empty without images. */
  public OptionalDouble agreementPercent() {
    return percent(agreeing, images);
  }

  /** {@code sqrt(sum d^2 / (images * classes))}, in units of logits; empty without images. */
  public OptionalDouble logitRmse() {
    return images == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.sqrt(squaredError / ((double) images * classes)));
  }

  private static OptionalDouble percent(long hits, long of) {
    return of == 0 ? OptionalDouble.empty() : OptionalDouble.of(100.0 * hits / of);
  }
}
