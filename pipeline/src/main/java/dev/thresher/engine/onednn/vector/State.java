package dev.thresher.engine.onednn.vector;

/**
 * One byte of straight-through state per activation. Inside the grid: the rounding residual, code
 * less value, in steps of 1 / 124 grid step, so that half a step is 62. Outside: the least or the
 * greatest state, by the side.
 */
public final class State {
  /** Inside the grid with no residual. */
  public static final byte EXACT = 0;

  /** Saturated at, or blocked beyond, the upper end: the code is less than the value. */
  public static final byte ABOVE = -63;

  /** Saturated at, or blocked beyond, the lower end. */
  public static final byte BELOW = 63;

  /** Residual steps per grid step. */
  static final float RESOLUTION = 124f;

  private State() {}
}
