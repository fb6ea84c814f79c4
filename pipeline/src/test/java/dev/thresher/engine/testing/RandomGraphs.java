package dev.thresher.engine.testing;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.Rounding.Layer;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Combine.Add;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise.PassThrough;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.Window;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small random networks of every operator: strides, uneven pads, dilations, groups, residuals. */
public final class RandomGraphs {
  /** Images that every random case brings. */
  public static final int IMAGES = 3;

  /**
   * A network with thresholds, scales and images.
   *
   * @param network calibrated a little too narrowly, so that some values saturate
   * @param scales within and beyond the limits
   * @param images [IMAGES, H, W, C]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Case(ThresholdedNetwork network, float[] scales, float[] images) {
    /** The graph. */
    public Graph graph() {
      return network.graph();
    }

    /** One image, [H, W, C]. */
    public float[] image(int index) {
      int size = graph().inputShape().size();
      return java.util.Arrays.copyOfRange(images, index * size, (index + 1) * size);
    }
  }

  private static final WeightMultipliers MULTIPLIERS = new WeightMultipliers(0.75, 1.25, 0.5);

  private final Random random;
  private final List<Node> nodes = new ArrayList<>();
  private final FeatureShape inputShape;
  private final Map<String, FeatureShape> shapes = new LinkedHashMap<>();
  private String current = "input";

  private RandomGraphs(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    inputShape = new FeatureShape(between(1, 5), between(4, 11), between(4, 11));
    shapes.put(current, inputShape);
  }

  /** A random network; the same for the same seed. */
  public static Graph graph(long seed) {
    return new RandomGraphs(seed).build();
  }

  /**
   * A random network with thresholds; granularity, scheme and bits go through every value, and
   * every third trains multipliers of its weights, every fifth corrects its biases for rounding.
   */
  public static Case quantized(long seed) {
    RandomGraphs builder = new RandomGraphs(seed);
    Graph graph = builder.build();
    Random random = builder.random;
    QuantizationSpec spec =
        new QuantizationSpec(
            (seed & 1) == 0 ? Granularity.PER_TENSOR : Granularity.PER_FILTER,
            (seed & 2) == 0 ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC,
            random.nextBoolean() ? 8 : 2 + random.nextInt(7),
            random.nextBoolean() ? 8 : 2 + random.nextInt(7),
            ScaleLimits.PAPER,
            seed % 3 == 0 ? MULTIPLIERS : WeightMultipliers.NONE);
    float[] images = gaussians(random, IMAGES * graph.inputShape().size(), 1);
    ThresholdedNetwork network =
        new ThresholdedNetwork(
            graph,
            spec,
            ranges(graph, images, 0.7 + 0.4 * random.nextDouble()),
            seed % 5 == 0 ? inputMeans(graph, new Random(seed)) : Map.of());
    float[] scales = network.initialScales();
    for (int i = 0; i < scales.length; i++) {
      scales[i] += random.nextFloat() * 0.6f - 0.5f;
    }
    return new Case(network, scales, images);
  }

  /** The same with random moves of about half of the layers, within the integers' ends. */
  public static IntegerNetwork moved(Case random, long seed) {
    IntegerNetwork nearest = IntegerNetwork.of(random.network(), random.scales());
    Random dice = new Random(seed);
    int most = random.network().spec().weightMax();
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (Node node : random.graph().nodes()) {
      if (node.operator() instanceof Linear weighted && dice.nextBoolean()) {
        byte[] moves = new byte[weighted.weights().size()];
        byte[] codes = nearest.weights(node.name()).codes();
        for (int i = 0; i < moves.length; i++) {
          int move = dice.nextInt(3) - 1;
          moves[i] = (byte) (Math.abs(codes[i] + move) <= most ? move : 0);
        }
        layers.put(node.name(), new Layer(moves, gaussians(dice, weighted.filters(), 0.3)));
      }
    }
    return IntegerNetwork.of(random.network(), random.scales(), new Rounding(layers));
  }

  private static Map<String, float[]> inputMeans(Graph graph, Random random) {
    Map<String, float[]> means = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof Linear layer && random.nextInt(4) > 0) {
        means.put(node.name(), gaussians(random, layer.groups() * layer.filterSize(), 1));
      }
    }
    return means;
  }

  /** Least and greatest value of every tensor over the images, times {@code factor}. */
  public static Map<String, Range> ranges(Graph graph, float[] images, double factor) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    int size = graph.inputShape().size();
    for (int from = 0; from < images.length; from += size) {
      float[] image = java.util.Arrays.copyOfRange(images, from, from + size);
      NaiveFloat.beforeActivation(graph, image)
          .forEach(
              (name, values) -> ranges.merge(name, range(graph, name, values), RandomGraphs::join));
    }
    ranges.replaceAll((n, r) -> new Range(r.min() * factor, r.max() * factor));
    return ranges;
  }

  private static Range range(Graph graph, String name, double[] before) {
    Activation activation =
        name.equals(graph.input()) ? Activation.NONE : graph.node(name).activation();
    double[] values = NaiveFloat.activate(activation, before);
    double min = 0;
    double max = 0;
    for (double value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return new Range(min, max);
  }

  private static Range join(Range a, Range b) {
    return new Range(Math.min(a.min(), b.min()), Math.max(a.max(), b.max()));
  }

  private Graph build() {
    int steps = between(2, 6);
    for (int i = 0; i < steps; i++) {
      step();
    }
    if (random.nextInt(4) > 0) {
      add(new GlobalAveragePool(), Activation.NONE, current);
      if (random.nextBoolean()) {
        add(new Flatten(), activation(), current);
      }
    }
    FeatureShape x = shapes.get(current);
    int classes = between(2, 19);
    Tensor weights = tensor(1 / Math.sqrt(x.size()), classes, x.size());
    add(new FullyConnected(weights, tensor(0.2, classes)), activation(), current);
    return new Graph("input", inputShape, nodes);
  }

  private void step() {
    FeatureShape x = shapes.get(current);
    switch (random.nextInt(6)) {
      case 0 -> residual();
      case 1 -> add(new PassThrough(), random.nextBoolean() ? Activation.RELU : clip(), current);
      case 2 -> convolution(x, x.channels(), x.channels());
      case 3 -> convolution(x, 1, random.nextBoolean() ? between(1, 40) : between(1, 6));
      default -> {
        int groups = x.channels() % 3 == 0 ? 3 : x.channels() % 2 == 0 ? 2 : 1;
        convolution(x, groups, groups * between(1, 7));
      }
    }
  }

  private void residual() {
    List<String> same = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          if (shape.equals(shapes.get(current))) {
            same.add(name);
          }
        });
    add(new Add(), activation(), same.get(random.nextInt(same.size())), current);
  }

  private void convolution(FeatureShape x, int groups, int filters) {
    boolean pointwise = groups == 1 && random.nextInt(2) == 0;
    int kernelHeight = pointwise ? 1 : between(1, 4);
    int kernelWidth = pointwise ? 1 : between(1, 4);
    Window window = pointwise && random.nextBoolean() ? Window.UNIT : window();
    int rows = window.outputHeight(x.height(), kernelHeight);
    int columns = window.outputWidth(x.width(), kernelWidth);
    if (rows < 1 || columns < 1) {
      return;
    }
    int each = x.channels() / groups;
    double deviation = 1 / Math.sqrt((double) each * kernelHeight * kernelWidth);
    Tensor weights = tensor(deviation, filters, each, kernelHeight, kernelWidth);
    Tensor bias = tensor(0.3, filters);
    add(new Convolution(weights, bias, window, groups), activation(), current);
  }

  private Window window() {
    return new Window(
        between(1, 3),
        between(1, 3),
        between(0, 2),
        between(0, 2),
        between(0, 2),
        between(0, 2),
        between(1, 2),
        between(1, 2));
  }

  private Activation activation() {
    return switch (random.nextInt(4)) {
      case 0 -> Activation.NONE;
      case 1 -> Activation.RELU;
      case 2 -> new Activation(0, 1 + random.nextFloat());
      default -> clip();
    };
  }

  private Activation clip() {
    return new Activation(-0.2f - random.nextFloat(), 0.3f + random.nextFloat());
  }

  private void add(Operator operator, Activation activation, String... inputs) {
    String name = "n" + nodes.size();
    nodes.add(new Node(name, operator, activation, List.of(inputs)));
    Graph soFar = new Graph("input", inputShape, nodes);
    shapes.put(name, soFar.shape(name));
    current = name;
  }

  private int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  private Tensor tensor(double deviation, int... shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    return Tensor.of(gaussians(random, size, deviation), shape);
  }

  /** Normal values. */
  public static float[] gaussians(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }
}
