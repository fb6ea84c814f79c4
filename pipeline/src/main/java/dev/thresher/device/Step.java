package dev.thresher.device;

/**
 * One operator, prepared. Activations are rows of channels, one for each position, of codes less
 * their zero point: so padding is zero, and products need no correction.
 */
interface Step {
  /** Computes its output from its inputs, one image. */
  void run();
}
