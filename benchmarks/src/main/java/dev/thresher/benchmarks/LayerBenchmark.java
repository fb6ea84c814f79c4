package dev.thresher.benchmarks;

import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Microseconds of a layer for {@value #BATCH} images in one thread: convolution and what surrounds
 * it (activation, requantization, straight-through pass), with the reading of the input.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LayerBenchmark {
  private static final int BATCH = 4;

  /** The layer. */
  @Param public Layer layer;

  /** The engine's name. */
  @Param({"onednn"})
  public String engine;

  /** Integers of the activations. */
  @Param({"SYMMETRIC"})
  public Scheme scheme;

  private float[] images;
  private float[] logits;
  private float[] scales;
  private float[] gradient;
  private FloatPass floats;
  private QuantizedPass quantized;
  private TrainingPass training;

  /** Makes the plans. */
  @Setup(Level.Trial)
  public void prepare() {
    Graph graph = layer.graph();
    Engine chosen = Engines.select(engine);
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, scheme, 8, 8, ScaleLimits.PAPER);
    Map<String, Range> ranges = new HashMap<>();
    ScaleLayout.quantizedTensors(graph).forEach(tensor -> ranges.put(tensor, new Range(-3, 3)));
    ThresholdedNetwork network = new ThresholdedNetwork(graph, spec, ranges);
    Random random = new Random(2);
    images = new float[BATCH * graph.inputShape().size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    logits = new float[BATCH * graph.classes()];
    scales = network.initialScales();
    gradient = new float[scales.length];
    floats = chosen.floatPass(graph, BATCH);
    quantized = chosen.quantizedPass(IntegerNetwork.of(network, scales), BATCH);
    training = chosen.trainingPass(network, BATCH);
  }

  /** Frees the plans. */
  @TearDown(Level.Trial)
  public void release() {
    floats.close();
    quantized.close();
    training.close();
  }

  /** Float forward. */
  @Benchmark
  public float[] floatForward() {
    floats.logits(images, BATCH, logits);
    return logits;
  }

  /** Integer forward. */
  @Benchmark
  public float[] quantizedForward() {
    quantized.logits(images, BATCH, logits);
    return logits;
  }

  /** Integer forward, straight-through backward. */
  @Benchmark
  public float[] trainingStep() {
    training.forward(scales, images, BATCH, logits);
    training.backward(logits, gradient);
    return gradient;
  }
}
