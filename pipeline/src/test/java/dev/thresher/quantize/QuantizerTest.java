package dev.thresher.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantizerTest {
  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.MIN_VALUE,
    -Float.MIN_VALUE
  };

  @Test
  void arraysGetWhatSingleValuesGet() {
    Random random = new Random(1);
    for (int grid = 0; grid < 200; grid++) {
      int qmin = random.nextBoolean() ? 0 : -(1 << random.nextInt(10));
      int qmax = qmin + 1 + random.nextInt(1 << (1 + random.nextInt(10)));
      int zeroPoint = qmin + random.nextInt(qmax - qmin + 1);
      Quantizer quantizer =
          new Quantizer((float) Math.exp(4 * random.nextGaussian()), zeroPoint, qmin, qmax);
      float[] values = values(random, quantizer);
      float[] steps = values.clone();
      quantizer.toSteps(steps);
      float[] placed = values.clone();
      quantizer.place(placed);
      for (int i = 0; i < values.length; i++) {
        int code = quantizer.quantize(values[i]);
        assertThat(steps[i]).as("%s of %s", values[i], quantizer).isEqualTo(code - zeroPoint);
        assertThat(placed[i])
            .as("%s of %s", values[i], quantizer)
            .isEqualTo(quantizer.dequantize(code));
      }
    }
  }

  /** Special ones, ends and middles of steps, and some beyond the grid. */
  private static float[] values(Random random, Quantizer quantizer) {
    float[] values = new float[1000];
    System.arraycopy(SPECIAL, 0, values, 0, SPECIAL.length);
    int width = quantizer.qmax() - quantizer.qmin();
    for (int i = SPECIAL.length; i < values.length; i++) {
      float steps = random.nextInt(4 * width + 1) / 2f - width;
      values[i] = (random.nextBoolean() ? steps : steps * random.nextFloat()) * quantizer.scale();
    }
    return values;
  }

  @Test
  void refusesArraysForGridsThatFloat32DoesNotCount() {
    Quantizer wide = new Quantizer(1, 0, -(1 << 22), 1 << 22);
    assertThatThrownBy(() -> wide.toSteps(new float[1])).isInstanceOf(IllegalStateException.class);
  }
}
