package dev.thresher.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.testing.NaiveBackward;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.NaiveInteger.Quantized;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What must hold on every instruction set: exact integers, and gradients to the rounding of their
 * 8-bit floats and residuals. A program too, for a JVM started with another instruction set.
 */
final class Conformance {
  private Conformance() {}

  /** {@code main <first seed> <seeds>}: silent if all is well. */
  public static void main(String[] args) {
    long first = Long.parseLong(args[0]);
    Engine engine = new OneDnnEngine();
    double worst = 0;
    for (long seed = first; seed < first + Long.parseLong(args[1]); seed++) {
      checkIntegers(engine, seed);
      worst = Math.max(worst, gradientDistance(engine, seed));
    }
    System.out.println(((OneDnnEngine) engine).instructionSet() + ": gradients within " + worst);
  }

  /** Compares every integer of a random network with its definition. */
  static void checkIntegers(Engine engine, long seed) {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    IntegerNetwork network =
        seed % 4 == 3
            ? RandomGraphs.moved(random, seed)
            : IntegerNetwork.of(random.network(), random.scales());
    try (QuantizedPass pass = engine.quantizedPass(network, RandomGraphs.IMAGES)) {
      pass.observe(
          random.images(),
          RandomGraphs.IMAGES,
          (image, tensor, codes, grid) -> {
            assertThat(grid).isEqualTo(network.quantizer(tensor));
            Quantized expected = NaiveInteger.run(network, random.image(image)).get(tensor);
            assertThat(channelsFirst(codes, random.graph().shape(tensor)))
                .as("seed %d, image %d, %s", seed, image, tensor)
                .isEqualTo(expected.codes());
          });
    }
  }

  private static int[] channelsFirst(byte[] codes, FeatureShape shape) {
    float[] values = new float[codes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = codes[i] & 0xff;
    }
    return Arrays.stream(NaiveFloat.channelsFirst(values, shape)).mapToInt(v -> (int) v).toArray();
  }

  /** Euclidean distance of a random network's gradient from the exact one, over its length. */
  static double gradientDistance(Engine engine, long seed) {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    int classes = random.graph().classes();
    float[] g = RandomGraphs.gaussians(new Random(seed), RandomGraphs.IMAGES * classes, 1);
    List<float[]> images = new ArrayList<>();
    List<float[]> gradients = new ArrayList<>();
    for (int i = 0; i < RandomGraphs.IMAGES; i++) {
      images.add(random.image(i));
      gradients.add(Arrays.copyOfRange(g, i * classes, (i + 1) * classes));
    }
    float[] exact = NaiveBackward.gradient(random.network(), random.scales(), images, gradients);
    return distance(gradient(engine, random, g), exact);
  }

  /** The engine's gradient. */
  static float[] gradient(Engine engine, RandomGraphs.Case random, float[] logitGradient) {
    float[] result = new float[random.scales().length];
    try (TrainingPass pass = engine.trainingPass(random.network(), RandomGraphs.IMAGES + 1)) {
      float[] logits = new float[logitGradient.length];
      pass.forward(random.scales(), random.images(), RandomGraphs.IMAGES, logits);
      pass.backward(logitGradient, result);
    }
    return result;
  }

  static double distance(float[] actual, float[] expected) {
    double difference = 0;
    double length = 1e-20;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }
}
