package dev.thresher.finetune;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Reduce;
import dev.thresher.network.Window;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small random networks and images for tests; everything follows from a seed. */
public final class Samples {
  public static final int SIDE = 8;
  public static final int CLASSES = 5;
  public static final PixelNormalizer NORMALIZER = new CenteredPixels();

  private Samples() {}

  /** x / 128 - 1. */
  private static final class CenteredPixels implements PixelNormalizer {
    private static final long serialVersionUID = 1L;

    @Override
    public void write(byte[] rgb, float[] out, int offset) {
      for (int i = 0; i < rgb.length; i++) {
        out[offset + i] = (rgb[i] & 0xff) / 128f - 1f;
      }
    }
  }

  /** Stem, depthwise, pointwise, residual, pool, classifier. */
  public static Graph graph(long seed) {
    Random random = new Random(seed);
    Window same = new Window(1, 1, 1, 1, 1, 1, 1, 1);
    Window halved = new Window(2, 2, 1, 1, 1, 1, 1, 1);
    return new Graph(
        "image",
        new FeatureShape(3, SIDE, SIDE),
        List.of(
            node("stem", conv(random, 6, 3, 3, halved, 1), Activation.RELU6, "image"),
            node("dw", conv(random, 6, 1, 3, same, 6), Activation.RELU6, "stem"),
            node("pw", conv(random, 6, 6, 1, Window.UNIT, 1), Activation.NONE, "dw"),
            node("join", new Combine.Add(), Activation.NONE, "pw", "stem"),
            node("pool", new Reduce.GlobalAveragePool(), Activation.NONE, "join"),
            node(
                "logits",
                new FullyConnected(random(random, 0.6f, CLASSES, 6), random(random, 0.2f, CLASSES)),
                Activation.NONE,
                "pool")));
  }

  /** So many channels that a library would share the work among threads. */
  public static Graph wideGraph(long seed) {
    Random random = new Random(seed);
    Window same = new Window(1, 1, 1, 1, 1, 1, 1, 1);
    return new Graph(
        "image",
        new FeatureShape(3, SIDE, SIDE),
        List.of(
            node("stem", conv(random, 32, 3, 3, same, 1), Activation.RELU6, "image"),
            node("dw1", conv(random, 32, 1, 3, same, 32), Activation.RELU6, "stem"),
            node("pw1", conv(random, 96, 32, 1, Window.UNIT, 1), Activation.RELU6, "dw1"),
            node("dw2", conv(random, 96, 1, 3, same, 96), Activation.RELU6, "pw1"),
            node("pw2", conv(random, 64, 96, 1, Window.UNIT, 1), Activation.NONE, "dw2"),
            node("wide", conv(random, 64, 64, 3, same, 1), Activation.RELU6, "pw2"),
            node("pool", new Reduce.GlobalAveragePool(), Activation.NONE, "wide"),
            node(
                "logits",
                new FullyConnected(
                    random(random, 0.3f, CLASSES, 64), random(random, 0.2f, CLASSES)),
                Activation.NONE,
                "pool")));
  }

  private static Node node(String name, Operator operator, Activation activation, String... in) {
    return new Node(name, operator, activation, List.of(in));
  }

  private static Convolution conv(
      Random random, int filters, int channels, int kernel, Window window, int groups) {
    return new Convolution(
        random(random, 0.5f, filters, channels, kernel, kernel),
        random(random, 0.3f, filters),
        window,
        groups);
  }

  private static Tensor random(Random random, float spread, int... shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() * spread;
    }
    return Tensor.of(values, shape);
  }

  /**
   * The graph with thresholds from the images of a sample; 4 bits, so that there is much to gain.
   */
  public static ThresholdedNetwork thresholded(
      Graph graph, Pixels pixels, Scheme scheme, Engine engine) {
    Map<String, double[]> extremes = new HashMap<>();
    int size = graph.inputShape().size();
    try (FloatPass pass = engine.floatPass(graph, 1)) {
      float[] image = new float[size];
      for (int part = 0; part < pixels.parts(); part++) {
        for (byte[] rgb : pixels.load(part)) {
          NORMALIZER.write(rgb, image, 0);
          pass.observe(
              image,
              1,
              (index, tensor, values) -> {
                double[] range = extremes.computeIfAbsent(tensor, key -> new double[2]);
                boolean input = tensor.equals(graph.input());
                for (float value : values) {
                  float y = input ? value : graph.node(tensor).activation().apply(value);
                  range[0] = Math.min(range[0], y);
                  range[1] = Math.max(range[1], y);
                }
              });
        }
      }
    }
    Map<String, Range> ranges = new HashMap<>();
    extremes.forEach((tensor, range) -> ranges.put(tensor, new Range(range[0], range[1])));
    return new ThresholdedNetwork(graph, spec(Granularity.PER_FILTER, scheme), ranges);
  }

  /** Four bits, which leave something to train. */
  static QuantizationSpec spec(Granularity granularity, Scheme scheme) {
    return new QuantizationSpec(granularity, scheme, 4, 4, ScaleLimits.PAPER);
  }

  /** Random images in parts of given sizes. */
  public record Pixels(String id, List<Integer> sizes, long seed) implements PartPixels {
    private static final long serialVersionUID = 1L;

    public static Pixels of(long seed, Integer... sizes) {
      return new Pixels("generated-" + seed, new ArrayList<>(List.of(sizes)), seed);
    }

    @Override
    public int parts() {
      return sizes.size();
    }

    @Override
    public int size(int part) {
      return sizes.get(part);
    }

    @Override
    public List<byte[]> load(int part) {
      Random random = new Random(seed * 1_000 + part);
      List<byte[]> images = new ArrayList<>();
      for (int row = 0; row < size(part); row++) {
        byte[] rgb = new byte[3 * SIDE * SIDE];
        int light = random.nextInt(256);
        for (int i = 0; i < rgb.length; i++) {
          rgb[i] = (byte) Math.min(255, Math.max(0, light + (int) (random.nextGaussian() * 60)));
        }
        images.add(rgb);
      }
      return images;
    }
  }

  /** Pixels with teacher logits in memory. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Data(String id, Pixels pixels, float[][][] teacher) implements ShardData {
    private static final long serialVersionUID = 1L;

    /** Logits of the float network. */
    public static Data of(Graph graph, Pixels pixels, Engine engine) {
      float[][][] teacher = new float[pixels.parts()][][];
      try (FloatPass pass = engine.floatPass(graph, 4)) {
        for (int part = 0; part < teacher.length; part++) {
          teacher[part] =
              TeacherLogits.compute(
                      pass,
                      4,
                      pixels.load(part),
                      NORMALIZER,
                      graph.inputShape().size(),
                      graph.classes())
                  .toArray(float[][]::new);
        }
      }
      return new Data(pixels.id() + "/" + java.util.Arrays.deepHashCode(teacher), pixels, teacher);
    }

    /** The same data with one logit of one image replaced. */
    public Data with(int part, int row, float logit) {
      float[][][] changed = new float[teacher.length][][];
      for (int p = 0; p < changed.length; p++) {
        changed[p] = new float[teacher[p].length][];
        for (int r = 0; r < changed[p].length; r++) {
          changed[p][r] = teacher[p][r].clone();
        }
      }
      changed[part][row][0] = logit;
      return new Data(id + "/changed-" + part + "-" + row + "-" + logit, pixels, changed);
    }

    @Override
    public int parts() {
      return pixels.parts();
    }

    @Override
    public int size(int part) {
      return pixels.size(part);
    }

    @Override
    public TrainingPart load(int part) {
      List<TrainingPart.Image> images = new ArrayList<>();
      List<byte[]> loaded = pixels.load(part);
      for (int row = 0; row < loaded.size(); row++) {
        images.add(new TrainingPart.Image(loaded.get(row), teacher[part][row]));
      }
      return new TrainingPart(images);
    }
  }
}
