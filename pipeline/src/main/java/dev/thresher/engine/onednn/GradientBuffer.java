package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;

/**
 * Where one reader of a tensor leaves its gradient: for the images at work, or for the whole batch
 * where the tensor is written in an earlier segment.
 *
 * @param buffer the memory, perhaps shared with gradients of other times
 * @param imageSize elements of an image
 * @param isWhole whether it holds the whole batch
 */
record GradientBuffer(NativeBuffer buffer, int imageSize, boolean isWhole) {
  /** Element at which the gradient of an image starts. */
  int start(int image) {
    return isWhole ? image * imageSize : 0;
  }

  ByteBuffer bytes() {
    return buffer.bytes();
  }

  Pointer address(int image) {
    return buffer.at((long) start(image) * Gradients.BYTES);
  }
}
