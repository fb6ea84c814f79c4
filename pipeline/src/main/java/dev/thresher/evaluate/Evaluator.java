package dev.thresher.evaluate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.network.Graph;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * Runs a float network and any number of quantized ones on the same images, batch by batch. Holds
 * their passes until closed; used by one thread at a time. The same images in the same order give
 * the same figures.
 */
public final class Evaluator implements AutoCloseable {
  /**
   * A quantized network to compare.
   *
   * @param name by which its figures are found
   * @param network its integers
   */
  public record Candidate(String name, IntegerNetwork network) {}

  private final int batch;
  private final int imageSize;
  private final int classes;
  private final List<String> names;
  private final FloatPass floatPass;
  private final List<QuantizedPass> passes = new ArrayList<>();

  /**
   * Prepares every pass.
   *
   * @param graph the float network, without batch normalization
   * @param candidates with inputs and classes of the same shapes
   * @param batch images computed at once
   * @throws EvaluationException for a candidate of other shapes
   */
  public Evaluator(Engine engine, Graph graph, List<Candidate> candidates, int batch) {
    this.batch = batch;
    this.imageSize = graph.inputShape().size();
    this.classes = graph.classes();
    this.names = candidates.stream().map(Candidate::name).toList();
    for (Candidate candidate : candidates) {
      check(graph, candidate);
    }
    this.floatPass = engine.floatPass(graph, batch);
    for (Candidate candidate : candidates) {
      passes.add(engine.quantizedPass(candidate.network(), batch));
    }
  }

  private static void check(Graph graph, Candidate candidate) {
    Graph other = candidate.network().graph();
    if (!other.inputShape().equals(graph.inputShape()) || other.classes() != graph.classes()) {
      throw new EvaluationException(
          "Cannot compare "
              + candidate.name()
              + " with the float network: it maps "
              + other.inputShape()
              + " to "
              + other.classes()
              + " classes, the float network "
              + graph.inputShape()
              + " to "
              + graph.classes()
              + ".");
    }
  }

  /**
   * Compares on all images given.
   *
   * @param progress told of the images of each batch when it is done
   */
  public Evaluation evaluate(Iterator<EvaluationImage> images, IntConsumer progress) {
    List<ComparisonAccumulator> sums = new ArrayList<>();
    names.forEach(name -> sums.add(new ComparisonAccumulator(classes)));
    float[] values = new float[batch * imageSize];
    List<OptionalInt> labels = new ArrayList<>();
    while (images.hasNext()) {
      EvaluationImage image = images.next();
      if (image.values().length != imageSize) {
        throw new EvaluationException(
            "Cannot evaluate an image of "
                + image.values().length
                + " values: the network reads "
                + imageSize
                + ".");
      }
      System.arraycopy(image.values(), 0, values, labels.size() * imageSize, imageSize);
      labels.add(image.label());
      if (labels.size() == batch || !images.hasNext()) {
        compare(values, labels, sums);
        progress.accept(labels.size());
        labels.clear();
      }
    }
    return new Evaluation(names, sums.stream().map(ComparisonAccumulator::snapshot).toList());
  }

  private void compare(float[] values, List<OptionalInt> labels, List<ComparisonAccumulator> sums) {
    float[] floats = new float[labels.size() * classes];
    float[] quantized = new float[labels.size() * classes];
    floatPass.logits(values, labels.size(), floats);
    for (int c = 0; c < passes.size(); c++) {
      passes.get(c).logits(values, labels.size(), quantized);
      for (int i = 0; i < labels.size(); i++) {
        sums.get(c).add(floats, quantized, i * classes, labels.get(i));
      }
    }
  }

  /** Bytes held by all passes. */
  public long bytes() {
    return floatPass.bytes() + passes.stream().mapToLong(QuantizedPass::bytes).sum();
  }

  @Override
  public void close() {
    floatPass.close();
    passes.forEach(QuantizedPass::close);
  }
}
