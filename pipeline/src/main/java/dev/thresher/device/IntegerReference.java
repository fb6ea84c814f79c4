package dev.thresher.device;

import dev.thresher.export.QuantizedModel;
import dev.thresher.export.tflite.Int8Network;
import dev.thresher.export.tflite.Int8Tensor;

/**
 * What a device computes from the exported TFLite file: integer-only inference, bit for bit that of
 * the reference kernels of TFLite and LiteRT. Independent of the engines.
 *
 * <p>With int8 codes q, zero points z and scales s:
 *
 * <pre>
 *   input              q = clip(round(x / s) + z)                          half away from zero, float
 *   CONV_2D, ...       q = clip(M(sum (a - z_a) w + bias, s_a s_w / s) + z)  M in fixed point, per filter
 *   ADD                q = clip(M(M((a - z_a) 2^20, s_a / t) + M((b - z_b) 2^20, s_b / t), t / (2^20 s)) + z)
 *                      with t = 2 max(s_a, s_b)
 *   MEAN               q = clip(M(sum (a - z_a), s_a / s / n) + z)
 * </pre>
 *
 * {@link FixedPoint} names M's rounding. Optimized kernels of a device may round elsewhere:
 * XNNPACK, which LiteRT uses on CPUs unless told otherwise, multiplies the sums of convolutions in
 * float32 and rounds half to even, as the engines here do.
 *
 * <p>Made for one thread at a time; holds its weights and activations as 32-bit integers. Source:
 * TFLite's 8-bit quantization specification and its reference kernels.
 */
public final class IntegerReference {
  private final Int8Network network;
  private final Steps steps;

  private IntegerReference(Int8Network network) {
    this.network = network;
    this.steps = new Steps(network);
  }

  /**
   * Prepares a model.
   *
   * @throws IllegalArgumentException where a multiplier is too large for fixed point
   */
  public static IntegerReference of(QuantizedModel model) {
    return new IntegerReference(Int8Network.of(model));
  }

  /**
   * Computes dequantized logits.
   *
   * @param images normalised, [count, H, W, C], real values
   * @param count images in use
   * @param logits receives [count, classes], real values on the logits' grid
   */
  public void logits(float[] images, int count, float[] logits) {
    Int8Tensor input = network.input();
    Int8Tensor output = network.output();
    int size = input.shape().size();
    int classes = output.shape().channels();
    for (int image = 0; image < count; image++) {
      read(images, image * size);
      steps.steps().forEach(Step::run);
      int[] row = steps.rows(output)[0];
      for (int k = 0; k < classes; k++) {
        logits[image * classes + k] = output.scale() * row[k];
      }
    }
  }

  /** Codes of the logits of one image, [H, W, C] real values: what the int8 file returns. */
  public byte[] codes(float[] image) {
    Int8Tensor output = network.output();
    byte[] codes = new byte[output.shape().channels()];
    read(image, 0);
    steps.steps().forEach(Step::run);
    int[] row = steps.rows(output)[0];
    for (int k = 0; k < codes.length; k++) {
      codes[k] = (byte) (row[k] + output.zeroPoint());
    }
    return codes;
  }

  /** Codes of an image's input, [H, W, C]: what the int8 file reads. */
  public byte[] quantize(float[] image) {
    byte[] codes = new byte[image.length];
    for (int i = 0; i < image.length; i++) {
      codes[i] = network.input().quantize(image[i]);
    }
    return codes;
  }

  private void read(float[] images, int offset) {
    Int8Tensor input = network.input();
    int next = offset;
    for (int[] row : steps.rows(input)) {
      for (int c = 0; c < row.length; c++) {
        row[c] = input.quantize(images[next++]) - input.zeroPoint();
      }
    }
  }
}
