package dev.thresher.benchmarks;

import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Random;

/**
 * One layer of MobileNet-v2 1.0 or MnasNet 1.0 at 224, between an input and a small classifier: the
 * least network that an engine runs.
 */
public enum Layer {
  /** 3 x 3 over the picture. */
  STEM(3, 224, 32, 3, 2, false),
  /** Depthwise at the largest extent. */
  DEPTHWISE_112(32, 112, 32, 3, 1, true),
  /** The widest tensor of the network: what its memory and traffic hang on. */
  EXPAND_112(16, 112, 96, 1, 1, false),
  /** Depthwise that halves the extent. */
  DEPTHWISE_112_HALVED(96, 112, 96, 3, 2, true),
  /** Linear projection. */
  PROJECT_56(96, 56, 24, 1, 1, false),
  /** In the middle of the network. */
  EXPAND_28(32, 28, 192, 1, 1, false),
  /** Where most of the layers are. */
  DEPTHWISE_14(384, 14, 384, 3, 1, true),
  /** Likewise. */
  EXPAND_14(64, 14, 384, 1, 1, false),
  /** Near the end. */
  PROJECT_7(960, 7, 160, 1, 1, false),
  /** Most weights of a convolution. */
  HEAD_7(320, 7, 1280, 1, 1, false),
  /** MnasNet's larger kernel. */
  DEPTHWISE_5X5_28(120, 28, 120, 5, 1, true);

  private static final int CLASSES = 10;

  private final int channels;
  private final int side;
  private final int filters;
  private final int kernel;
  private final int stride;
  private final boolean depthwise;

  Layer(int channels, int side, int filters, int kernel, int stride, boolean depthwise) {
    this.channels = channels;
    this.side = side;
    this.filters = filters;
    this.kernel = kernel;
    this.stride = stride;
    this.depthwise = depthwise;
  }

  /** The network, with seeded weights. */
  public Graph graph() {
    Random random = new Random(1);
    int pad = kernel / 2;
    Window window = new Window(stride, stride, pad, pad, pad, pad, 1, 1);
    Tensor weights = gaussians(random, filters, depthwise ? 1 : channels, kernel, kernel);
    Convolution convolution =
        new Convolution(weights, gaussians(random, filters), window, depthwise ? channels : 1);
    FullyConnected classifier =
        new FullyConnected(gaussians(random, CLASSES, filters), gaussians(random, CLASSES));
    return new Graph(
        "input",
        new FeatureShape(channels, side, side),
        List.of(
            new Node("layer", convolution, Activation.RELU6, List.of("input")),
            new Node("pool", new GlobalAveragePool(), Activation.NONE, List.of("layer")),
            new Node("logits", classifier, Activation.NONE, List.of("pool"))));
  }

  private static Tensor gaussians(Random random, int... shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (0.2 * random.nextGaussian());
    }
    return Tensor.of(values, shape);
  }
}
