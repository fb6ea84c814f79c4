package dev.thresher.engine.testing;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Images per second of an engine on the shapes of MobileNet-v2 1.0 at 224: run by hand, {@code main
 * <engine class> [batch] [rounds]}; prints images per second of this thread's CPU time, which a
 * busy machine disturbs less than it does the wall clock.
 */
public final class EngineTiming {
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private EngineTiming() {}

  /** Times the three passes. */
  public static void main(String[] args) throws ReflectiveOperationException {
    Engine engine = Class.forName(args[0]).asSubclass(Engine.class).getConstructor().newInstance();
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 9;
    Graph graph = MobileNetShapes.v2(1, 224, 1000, 1);
    float[] images = RandomGraphs.gaussians(new Random(2), batch * graph.inputShape().size(), 1);
    float[] logits = new float[batch * graph.classes()];
    ThresholdedNetwork network;
    try (FloatPass pass = engine.floatPass(graph, batch)) {
      network = calibrated(graph, pass, images);
      report(
          "float forward", batch, rounds, pass.bytes(), () -> pass.logits(images, batch, logits));
    }
    float[] scales = network.initialScales();
    try (QuantizedPass pass = engine.quantizedPass(IntegerNetwork.of(network, scales), batch)) {
      report(
          "integer forward", batch, rounds, pass.bytes(), () -> pass.logits(images, batch, logits));
    }
    float[] gradient = new float[scales.length];
    float[] g = RandomGraphs.gaussians(new Random(3), logits.length, 0.01);
    try (TrainingPass pass = engine.trainingPass(network, batch)) {
      report(
          "training step",
          batch,
          rounds,
          pass.bytes(),
          () -> {
            pass.forward(scales, images, batch, logits);
            pass.backward(g, gradient);
          });
    }
  }

  private static ThresholdedNetwork calibrated(Graph graph, FloatPass pass, float[] images) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    pass.observe(
        images,
        1,
        (image, tensor, values) -> {
          Activation activation =
              tensor.equals(graph.input()) ? Activation.NONE : graph.node(tensor).activation();
          float min = 0;
          float max = 0;
          for (float value : values) {
            float y = activation.apply(value);
            min = Math.min(min, y);
            max = Math.max(max, y);
          }
          ranges.put(tensor, new Range(min, max));
        });
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);
    return new ThresholdedNetwork(graph, spec, ranges);
  }

  private static void report(String what, int batch, int rounds, long bytes, Runnable work) {
    double[] seconds = new double[rounds];
    for (int i = -2; i < rounds; i++) {
      long start = CLOCK.getCurrentThreadCpuTime();
      work.run();
      seconds[Math.max(i, 0)] = (CLOCK.getCurrentThreadCpuTime() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    System.out.printf(
        "%-16s median %6.1f images/CPU-s, best %6.1f; %d MB%n",
        what, batch / seconds[rounds / 2], batch / seconds[0], bytes >> 20);
  }
}
