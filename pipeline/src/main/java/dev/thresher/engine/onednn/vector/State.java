package dev.thresher.engine.onednn.vector;

/**
 * One byte of straight-through state per activation: odd for a value inside the grid, its rounding
 * residual in {@code byte >> 1}; even for one that passes no gradient on.
 */
public final class State {
  /** Inside the grid with no residual. */
  public static final byte EXACT = 1;

  /** Passes nothing on and counts nowhere. */
  public static final byte NOTHING = 0;

  /** Residual steps per grid step: a residual of half a step is 63. */
  static final float RESOLUTION = 126f;

  /** Outside the activation's bounds: counts nowhere. */
  static final int BLOCKED = 0;

  /** Saturated at the upper end; {@code byte >> 1} is 1. */
  static final int HIGH = 2;

  /** Saturated at the lower end; {@code byte >> 1} is -1. */
  static final int LOW = -2;

  private State() {}
}
