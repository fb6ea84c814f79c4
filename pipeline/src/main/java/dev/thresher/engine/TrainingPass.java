package dev.thresher.engine;

import java.util.OptionalLong;

/**
 * One optimizer step's arithmetic: quantized forward, then straight-through backward to the
 * threshold scales. Keeps the activations of the last forward; used by one thread at a time.
 */
public interface TrainingPass extends AutoCloseable {
  /**
   * Quantizes the weights with the scales given and runs the integer forward pass.
   *
   * @param scales trained vector in the order of {@link ScaleLayout}
   * @param images normalised, [count, H, W, C], real values
   * @param count images in use, at most the batch that the pass was made for
   * @param logits receives [count, classes], real values on the logits' grid
   */
  void forward(float[] scales, float[] images, int count, float[] logits);

  /**
   * Back-propagates through the last forward pass by the straight-through rules.
   *
   * @param logitGradient loss gradient at the dequantized logits, [count, classes]
   * @param scaleGradient receives the loss gradient of every scale (sum over the batch)
   */
  void backward(float[] logitGradient, float[] scaleGradient);

  /**
   * Nanoseconds spent in convolutions since the pass was made; empty for an engine that does not
   * tell them from the rest.
   */
  default OptionalLong convolutionNanos() {
    return OptionalLong.empty();
  }

  /** Bytes held by this pass, on and off the heap. */
  long bytes();

  @Override
  void close();
}
