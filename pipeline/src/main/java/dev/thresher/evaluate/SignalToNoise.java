package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.OptionalDouble;

/**
 * Signal to quantization noise: {@code 10 log10(sum x^2 / sum (x - x_hat)^2)} dB.
 *
 * @param signal sum of x^2
 * @param noise sum of (x - x_hat)^2
 */
public record SignalToNoise(double signal, double noise) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Of values and what stands for them; arrays of one length. */
  static SignalToNoise of(float[] wanted, float[] given) {
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < wanted.length; i++) {
      double error = (double) wanted[i] - given[i];
      signal += (double) wanted[i] * wanted[i];
      noise += error * error;
    }
    return new SignalToNoise(signal, noise);
  }

  /** This and then that. */
  public SignalToNoise plus(SignalToNoise that) {
    return new SignalToNoise(signal + that.signal, noise + that.noise);
  }

  /** In dB; infinite where the integers are exact, empty where all values are zero. */
  public OptionalDouble decibels() {
    return signal == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(10 * Math.log10(signal / noise));
  }
}
