package dev.thresher.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.fold.Folder;
import dev.thresher.image.ImageLimits;
import dev.thresher.image.ImagePreparer;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.NetworkReader;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Both engines on trained networks and photographs. A program too, {@code main <data folder>}, for
 * a JVM started with another instruction set.
 */
final class RealNetworks {
  private static final int IMAGES = 2;

  private static final String SMALLEST = "mobilenet_v1_0.25_224_bn.onnx";

  private static final Map<String, Preprocessing> MODELS =
      Map.of(
          SMALLEST,
          Preprocessing.IMAGENET_MINUS_ONE_TO_ONE,
          "mobilenet_v2_1.0_224_folded.onnx",
          Preprocessing.IMAGENET_TORCHVISION,
          "mnasnet_0.5_224_folded_dequant.onnx",
          Preprocessing.IMAGENET_TORCHVISION);

  private RealNetworks() {}

  /** Compares integers, or gradients where a second argument bounds their distance. */
  public static void main(String[] args) throws IOException {
    OneDnnEngine engine = new OneDnnEngine();
    System.out.println(engine.instructionSet());
    Path data = Path.of(args[0]);
    if (args.length > 1) {
      checkGradients(data, Double.parseDouble(args[1]));
      return;
    }
    for (String model : models()) {
      for (Scheme scheme : Scheme.values()) {
        checkIntegers(engine, data, model, scheme);
      }
    }
  }

  private static void checkGradients(Path data, double tolerance) throws IOException {
    for (Granularity granularity : Granularity.values()) {
      for (Scheme scheme : Scheme.values()) {
        assertThat(gradientDistance(data, SMALLEST, granularity, scheme))
            .as("%s %s", granularity, scheme)
            .isLessThan(tolerance);
      }
    }
  }

  static List<String> models() {
    return MODELS.keySet().stream().sorted().toList();
  }

  private static Graph graph(Path data, String model) {
    return Folder.fold(NetworkReader.read(data.resolve("models").resolve(model), 224)).graph();
  }

  private static float[] images(Path data, String model, int size) throws IOException {
    Preprocessing preprocessing = MODELS.get(model);
    ImagePreparer preparer = new ImagePreparer(preprocessing, ImageLimits.DEFAULT);
    Normalization normalization = new Normalization(preprocessing);
    float[] images = new float[IMAGES * size];
    try (Stream<Path> files = Files.walk(data.resolve("images/val"))) {
      List<Path> chosen = files.filter(Files::isRegularFile).sorted().limit(IMAGES).toList();
      for (int i = 0; i < IMAGES; i++) {
        byte[] file = Files.readAllBytes(chosen.get(i));
        PreparedImage image = preparer.prepare(file, "photograph", "", -1).image();
        normalization.write(image, images, i * size);
      }
    }
    return images;
  }

  /** Ranges from the first image alone, so that the others saturate here and there. */
  private static ThresholdedNetwork network(
      Graph graph, float[] images, Granularity granularity, Scheme scheme) {
    QuantizationSpec spec = new QuantizationSpec(granularity, scheme, 8, 8, ScaleLimits.PAPER);
    Map<String, Range> ranges = new HashMap<>();
    try (FloatPass pass = new OneDnnEngine().floatPass(graph, 1)) {
      pass.observe(
          images,
          1,
          (image, tensor, values) -> {
            boolean isInput = tensor.equals(graph.input());
            Activation activation = isInput ? Activation.NONE : graph.node(tensor).activation();
            float min = 0;
            float max = 0;
            for (float value : values) {
              min = Math.min(min, activation.apply(value));
              max = Math.max(max, activation.apply(value));
            }
            ranges.put(tensor, new Range(min, max));
          });
    }
    return new ThresholdedNetwork(graph, spec, ranges);
  }

  /** Scales below their limits: weights and activations saturate. */
  private static float[] scales(ThresholdedNetwork network) {
    Random random = new Random(5);
    float[] scales = network.initialScales();
    for (int i = 0; i < scales.length; i++) {
      scales[i] -= 0.1f * random.nextFloat();
    }
    network.clamp(scales);
    return scales;
  }

  static void checkIntegers(Engine engine, Path data, String model, Scheme scheme)
      throws IOException {
    Graph graph = graph(data, model);
    float[] images = images(data, model, graph.inputShape().size());
    ThresholdedNetwork network = network(graph, images, Granularity.PER_FILTER, scheme);
    IntegerNetwork integers = IntegerNetwork.of(network, scales(network));
    Map<String, byte[]> expected = new HashMap<>();
    float[] logits = new float[IMAGES * graph.classes()];
    try (QuantizedPass pass = new ReferenceEngine().quantizedPass(integers, IMAGES)) {
      pass.logits(images, IMAGES, logits);
      pass.observe(
          images,
          IMAGES,
          (image, tensor, codes, grid) -> expected.put(image + " " + tensor, codes.clone()));
    }
    try (QuantizedPass pass = engine.quantizedPass(integers, IMAGES)) {
      pass.observe(
          images,
          IMAGES,
          (image, tensor, codes, grid) ->
              assertThat(codes)
                  .as("%s, %s, image %d, %s", model, scheme, image, tensor)
                  .isEqualTo(expected.get(image + " " + tensor)));
      float[] ofABatch = new float[logits.length];
      pass.logits(images, IMAGES, ofABatch);
      assertThat(ofABatch).as("%s, %s, logits of a batch", model, scheme).isEqualTo(logits);
    }
    try (TrainingPass pass = engine.trainingPass(network, IMAGES)) {
      float[] trained = new float[logits.length];
      pass.forward(scales(network), images, IMAGES, trained);
      assertThat(trained).as("%s, %s, logits in training", model, scheme).isEqualTo(logits);
    }
  }

  /** Distance of the two engines' gradients over their length. */
  static double gradientDistance(Path data, String model, Granularity granularity, Scheme scheme)
      throws IOException {
    Graph graph = graph(data, model);
    float[] images = images(data, model, graph.inputShape().size());
    ThresholdedNetwork network = network(graph, images, granularity, scheme);
    float[] g = RandomGraphs.gaussians(new Random(7), IMAGES * graph.classes(), 0.01);
    float[] expected = gradient(new ReferenceEngine(), network, images, g);
    return Conformance.distance(gradient(new OneDnnEngine(), network, images, g), expected);
  }

  private static float[] gradient(
      Engine engine, ThresholdedNetwork network, float[] images, float[] logitGradient) {
    float[] gradient = new float[network.layout().size()];
    try (TrainingPass pass = engine.trainingPass(network, IMAGES)) {
      pass.forward(scales(network), images, IMAGES, new float[logitGradient.length]);
      pass.backward(logitGradient, gradient);
    }
    return gradient;
  }
}
