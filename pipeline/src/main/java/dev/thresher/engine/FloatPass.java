package dev.thresher.engine;

/**
 * A float network prepared for one batch size: the teacher's forward pass and calibration. Holds
 * its buffers until closed; used by one thread at a time.
 */
public interface FloatPass extends AutoCloseable {
  /**
   * Computes logits.
   *
   * @param images normalised, [count, H, W, C], real values
   * @param count images in use, at most the batch that the pass was made for
   * @param logits receives [count, classes]
   */
  void logits(float[] images, int count, float[] logits);

  /** Runs the images and shows every tensor to the observer, image by image. */
  void observe(float[] images, int count, Observer observer);

  /** Bytes held by this pass, on and off the heap. */
  long bytes();

  @Override
  void close();

  /** Sees the tensors of a forward pass. */
  @FunctionalInterface
  interface Observer {
    /**
     * Called for the input and for every node but Flatten, in the order of execution.
     *
     * @param image index in the batch
     * @param tensor name of the tensor
     * @param values the node's result before its activation, [H, W, C], valid during the call only
     */
    void observe(int image, String tensor, float[] values);
  }
}
