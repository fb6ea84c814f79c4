package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.OptionalDouble;

/**
 * What was counted while a device's integers, the quantized network of the evaluation and the float
 * network saw the same images. Immutable; {@link #plus} adds two of them in any order.
 *
 * @param images seen
 * @param labelled images that had a label
 * @param top1 labelled images whose label the device puts first
 * @param quantizedTop1 labelled images whose label the evaluation's arithmetic puts first
 * @param agreeing images on which the device puts the float network's class first
 * @param same images on which the device puts the class first that the evaluation's arithmetic does
 * @param logits compared
 * @param equalLogits logits of the device that are equal to those of the evaluation's arithmetic
 * @param mostSteps greatest difference of two such logits, in steps of their grid
 */
public record DeviceComparison(
    long images,
    long labelled,
    long top1,
    long quantizedTop1,
    long agreeing,
    long same,
    long logits,
    long equalLogits,
    long mostSteps)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Nothing seen. */
  public static final DeviceComparison NONE = new DeviceComparison(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** This and then that. */
  public DeviceComparison plus(DeviceComparison that) {
    return new DeviceComparison(
        images + that.images,
        labelled + that.labelled,
        top1 + that.top1,
        quantizedTop1 + that.quantizedTop1,
        agreeing + that.agreeing,
        same + that.same,
        logits + that.logits,
        equalLogits + that.equalLogits,
        Math.max(mostSteps, that.mostSteps));
  }

  /** As percentages, for the summary. */
  public DeviceFigures figures() {
    return new DeviceFigures(
        images,
        percent(top1, labelled),
        percent(quantizedTop1, labelled),
        percent(agreeing, images),
        percent(same, images),
        percent(equalLogits, logits),
        images == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) mostSteps));
  }

  private static OptionalDouble percent(long hits, long of) {
    return of == 0 ? OptionalDouble.empty() : OptionalDouble.of(100.0 * hits / of);
  }
}
