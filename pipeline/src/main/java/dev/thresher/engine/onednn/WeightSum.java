package dev.thresher.engine.onednn;

import java.nio.ByteBuffer;

/** Gradient of a weighted node's weights, summed over the images of several runs. */
sealed interface WeightSum permits WeightConvolution, WeightProduct {
  void clear();

  /** Adds some images, whose output gradients lie in the buffer. */
  void run(int firstImage);

  /** The output's gradient, summed over images and positions. */
  double outputSum(int filter);

  /** The sum in the graph's order, float32; another node's may take its place. */
  ByteBuffer plain();
}
