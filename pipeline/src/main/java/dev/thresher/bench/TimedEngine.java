package dev.thresher.bench;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An engine that takes the time of its training passes. */
final class TimedEngine implements Engine {
  private final Engine engine;
  private final Queue<TimedPass> passes = new ConcurrentLinkedQueue<>();

  TimedEngine(Engine engine) {
    this.engine = engine;
  }

  /** Time of the passes that the calling thread used last. */
  Work.Split split() {
    return passes.stream()
        .filter(pass -> pass.user == Thread.currentThread())
        .findFirst()
        .map(pass -> new Work.Split(pass.convolutionNanos().orElse(-1), pass.nanos))
        .orElse(Work.Split.NONE);
  }

  @Override
  public String name() {
    return engine.name();
  }

  @Override
  public String instructionSet() {
    return engine.instructionSet();
  }

  @Override
  public FloatPass floatPass(Graph graph, int batch) {
    return engine.floatPass(graph, batch);
  }

  @Override
  public QuantizedPass quantizedPass(IntegerNetwork network, int batch) {
    return engine.quantizedPass(network, batch);
  }

  @Override
  public TrainingPass trainingPass(ThresholdedNetwork network, int batch) {
    TimedPass pass = new TimedPass(engine.trainingPass(network, batch));
    passes.add(pass);
    return pass;
  }

  private static final class TimedPass implements TrainingPass {
    private final TrainingPass pass;
    private volatile Thread user;
    private long nanos;

    TimedPass(TrainingPass pass) {
      this.pass = pass;
    }

    @Override
    public void forward(float[] scales, float[] images, int count, float[] logits) {
      user = Thread.currentThread();
      long begin = System.nanoTime();
      pass.forward(scales, images, count, logits);
      nanos += System.nanoTime() - begin;
    }

    @Override
    public void backward(float[] logitGradient, float[] scaleGradient) {
      long begin = System.nanoTime();
      pass.backward(logitGradient, scaleGradient);
      nanos += System.nanoTime() - begin;
    }

    @Override
    public OptionalLong convolutionNanos() {
      return pass.convolutionNanos();
    }

    @Override
    public long bytes() {
      return pass.bytes();
    }

    @Override
    public void close() {
      pass.close();
    }
  }
}
