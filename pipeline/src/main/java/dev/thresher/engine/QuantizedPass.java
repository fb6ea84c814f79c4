package dev.thresher.engine;

import dev.thresher.quantize.Quantizer;

/**
 * A quantized network prepared for one batch size: integer forward, as {@link IntegerNetwork}
 * defines it. Used by one thread at a time.
 */
public interface QuantizedPass extends AutoCloseable {
  /**
   * Computes dequantized logits.
   *
   * @param images normalised, [count, H, W, C], real values
   * @param count images in use, at most the batch that the pass was made for
   * @param logits receives [count, classes], real values on the logits' grid
   */
  void logits(float[] images, int count, float[] logits);

  /** Runs the images and shows the integers of every tensor, image by image. */
  void observe(float[] images, int count, Observer observer);

  /** Bytes held by this pass, on and off the heap. */
  long bytes();

  @Override
  void close();

  /** Sees the integer tensors of a forward pass. */
  @FunctionalInterface
  interface Observer {
    /**
     * Called for the input and for every node but Flatten, in the order of execution.
     *
     * @param image index in the batch
     * @param tensor name of the tensor
     * @param codes unsigned integers, [H, W, C], valid during the call only
     * @param quantizer their grid
     */
    void observe(int image, String tensor, byte[] codes, Quantizer quantizer);
  }
}
