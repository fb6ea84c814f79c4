package dev.thresher.finetune;

import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Cosine annealing with warm restarts:
 *
 * <pre>
 *   rate(step) = base * exp(-decay * step) * |cos(pi * (step mod cycle) / (4 * cycle))| + floor
 * </pre>
 *
 * <p>As a DL4J schedule, {@code epoch} is the step at which Adam's moments were last cleared and
 * {@code iteration} counts the steps since: their sum is the step, and Adam's bias correction,
 * which sees the iteration alone, starts anew with its moments. Immutable; a few operations a call.
 * Source: method, section 6.
 */
public final class CosineRestarts implements ISchedule {
  private static final long serialVersionUID = 1L;

  /** The authors' released settings. */
  public static final CosineRestarts PAPER = new CosineRestarts(1e-3, 1e-4, 1e-7, 400);

  @JsonProperty private final double base;
  @JsonProperty private final double decay;
  @JsonProperty private final double floor;
  @JsonProperty private final int cycle;

  /**
   * Checks the values.
   *
   * @param base rate of the first step, positive
   * @param decay share lost a step, not negative
   * @param floor least rate, not negative
   * @param cycle steps between restarts, positive
   */
  @JsonCreator
  public CosineRestarts(
      @JsonProperty("base") double base,
      @JsonProperty("decay") double decay,
      @JsonProperty("floor") double floor,
      @JsonProperty("cycle") int cycle) {
    if (!(base > 0 && decay >= 0 && floor >= 0) || cycle < 1 || !Double.isFinite(base + floor)) {
      throw new FineTuneException(
          "Cannot schedule a learning rate of base %s, decay %s, floor %s, cycle %d: base and cycle"
                  .formatted(base, decay, floor, cycle)
              + " must be positive, decay and floor at least 0.");
    }
    this.base = base;
    this.decay = decay;
    this.floor = floor;
    this.cycle = cycle;
  }

  /** Rate of one optimizer step, counted from 0. */
  public double rate(int step) {
    double angle = Math.PI * (step % cycle) / (4.0 * cycle);
    return base * StrictMath.exp(-decay * step) * Math.abs(StrictMath.cos(angle)) + floor;
  }

  /** Whether Adam's moments are cleared before this step. */
  public boolean restartsAt(int step) {
    return step % cycle == 0;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    return rate(iteration + epoch);
  }

  @Override
  @SuppressWarnings("MissingSuperCall") // immutable: one object serves all
  public CosineRestarts clone() {
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CosineRestarts that
        && base == that.base
        && decay == that.decay
        && floor == that.floor
        && cycle == that.cycle;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(base) + 31 * cycle;
  }

  @Override
  public String toString() {
    return "CosineRestarts[base=%s, decay=%s, floor=%s, cycle=%d]"
        .formatted(base, decay, floor, cycle);
  }
}
