package dev.thresher.network;

import dev.thresher.network.Combine.Add;
import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The shapes of the networks that the method is for, folded, with seeded random weights: for
 * measuring speed and memory, which do not depend on what the weights are.
 */
public final class MobileNetShapes {
  private final Random random;
  private final double width;
  private final int inputSize;
  private final List<Node> nodes = new ArrayList<>();
  private String current = "input";
  private int channels = 3;

  private MobileNetShapes(double width, int inputSize, long seed) {
    this.random = new Random(seed);
    this.width = width;
    this.inputSize = inputSize;
  }

  /** MobileNet-v1: depthwise-separable layers, ReLU6. */
  public static Graph v1(double width, int inputSize, int classes, long seed) {
    MobileNetShapes net = new MobileNetShapes(width, inputSize, seed);
    net.convolution(net.scaled(32), 3, 2, Activation.RELU6);
    int[][] layers = {
      {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1},
      {512, 1}, {512, 1}, {1024, 2}, {1024, 1}
    };
    for (int[] layer : layers) {
      net.depthwise(3, layer[1], Activation.RELU6);
      net.convolution(net.scaled(layer[0]), 1, 1, Activation.RELU6);
    }
    return net.classifier(classes);
  }

  /** MobileNet-v2: inverted residuals, ReLU6. */
  public static Graph v2(double width, int inputSize, int classes, long seed) {
    MobileNetShapes net = new MobileNetShapes(width, inputSize, seed);
    net.convolution(net.scaled(32), 3, 2, Activation.RELU6);
    int[][] blocks = { // expansion, channels, repeats, stride, kernel
      {1, 16, 1, 1, 3},
      {6, 24, 2, 2, 3},
      {6, 32, 3, 2, 3},
      {6, 64, 4, 2, 3},
      {6, 96, 3, 1, 3},
      {6, 160, 3, 2, 3},
      {6, 320, 1, 1, 3}
    };
    net.invertedResiduals(blocks, Activation.RELU6);
    net.convolution(Math.max(1280, net.scaled(1280)), 1, 1, Activation.RELU6);
    return net.classifier(classes);
  }

  /** MnasNet-B1: inverted residuals with 3 x 3 and 5 x 5 kernels, ReLU. */
  public static Graph mnasnet(double width, int inputSize, int classes, long seed) {
    MobileNetShapes net = new MobileNetShapes(width, inputSize, seed);
    net.convolution(net.scaled(32), 3, 2, Activation.RELU);
    int[][] blocks = {
      {1, 16, 1, 1, 3},
      {3, 24, 3, 2, 3},
      {3, 40, 3, 2, 5},
      {6, 80, 3, 2, 5},
      {6, 96, 2, 1, 3},
      {6, 192, 4, 2, 5},
      {6, 320, 1, 1, 3}
    };
    net.invertedResiduals(blocks, Activation.RELU);
    net.convolution(1280, 1, 1, Activation.RELU);
    return net.classifier(classes);
  }

  private void invertedResiduals(int[][] blocks, Activation activation) {
    for (int[] block : blocks) {
      for (int repeat = 0; repeat < block[2]; repeat++) {
        String before = current;
        int channelsBefore = channels;
        int stride = repeat == 0 ? block[3] : 1;
        if (block[0] > 1) {
          convolution(channels * block[0], 1, 1, activation);
        }
        depthwise(block[4], stride, activation);
        convolution(scaled(block[1]), 1, 1, Activation.NONE);
        if (stride == 1 && channels == channelsBefore) {
          add(new Add(), Activation.NONE, before, current);
        }
      }
    }
  }

  /** Channels times the width, to a multiple of 8, not more than 10 % below. */
  private int scaled(int filters) {
    int rounded = Math.max(8, (int) (filters * width + 4) / 8 * 8);
    return rounded < 0.9 * filters * width ? rounded + 8 : rounded;
  }

  private void convolution(int filters, int kernel, int stride, Activation activation) {
    Tensor weights =
        gaussian(Math.sqrt(2.0 / (channels * kernel * kernel)), filters, channels, kernel, kernel);
    convolution(weights, kernel, stride, 1, activation);
    channels = filters;
  }

  private void depthwise(int kernel, int stride, Activation activation) {
    Tensor weights = gaussian(Math.sqrt(2.0 / (kernel * kernel)), channels, 1, kernel, kernel);
    convolution(weights, kernel, stride, channels, activation);
  }

  private void convolution(
      Tensor weights, int kernel, int stride, int groups, Activation activation) {
    int pad = kernel / 2;
    Window window = new Window(stride, stride, pad, pad, pad, pad, 1, 1);
    Tensor bias = gaussian(0.1, weights.extent(0));
    add(new Convolution(weights, bias, window, groups), activation, current);
  }

  private Graph classifier(int classes) {
    add(new GlobalAveragePool(), Activation.NONE, current);
    add(new Flatten(), Activation.NONE, current);
    Tensor weights = gaussian(Math.sqrt(1.0 / channels), classes, channels);
    add(new FullyConnected(weights, gaussian(0.1, classes)), Activation.NONE, current);
    return new Graph("input", new FeatureShape(3, inputSize, inputSize), nodes);
  }

  private void add(Operator operator, Activation activation, String... inputs) {
    String name = "n" + nodes.size();
    nodes.add(new Node(name, operator, activation, List.of(inputs)));
    current = name;
  }

  private Tensor gaussian(double deviation, int... shape) {
    int size = 1;
    for (int each : shape) {
      size *= each;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return Tensor.of(values, shape);
  }
}
