package dev.thresher.evaluate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.network.Graph;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
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

  private static final float[] NO_VALUES = {};

  private final int batch;
  private final int imageSize;
  private final int classes;
  private final List<String> names;
  private final FloatPass floatPass;
  private final List<QuantizedPass> passes = new ArrayList<>();
  private final float[] values;
  private final float[] floats;
  private final List<float[]> quantized = new ArrayList<>();

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
    this.values = new float[batch * imageSize];
    this.floats = new float[batch * classes];
    this.floatPass = engine.floatPass(graph, batch);
    try {
      for (Candidate candidate : candidates) {
        passes.add(engine.quantizedPass(candidate.network(), batch));
        quantized.add(new float[batch * classes]);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Bytes that the passes hold. */
  long planBytes() {
    return floatPass.bytes() + passes.stream().mapToLong(QuantizedPass::bytes).sum();
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
   * Compares on all images given. Beside the passes it holds one batch of images, and what {@link
   * ImageFigures} says of every image.
   *
   * @param progress told of the images of each batch when it is done
   */
  public Evaluation evaluate(Iterator<EvaluationImage> images, IntConsumer progress) {
    List<ComparisonAccumulator> sums = new ArrayList<>();
    names.forEach(name -> sums.add(new ComparisonAccumulator(classes)));
    List<ImageFigures> figures = new ArrayList<>();
    List<EvaluationImage> waiting = new ArrayList<>();
    while (images.hasNext()) {
      EvaluationImage image = images.next();
      check(image);
      System.arraycopy(image.values(), 0, values, waiting.size() * imageSize, imageSize);
      waiting.add(new EvaluationImage(image.id(), image.className(), NO_VALUES, image.label()));
      if (waiting.size() == batch || !images.hasNext()) {
        compare(waiting, sums, figures);
        progress.accept(waiting.size());
        waiting.clear();
      }
    }
    List<Comparison> comparisons = sums.stream().map(ComparisonAccumulator::snapshot).toList();
    return new Evaluation(names, comparisons, figures);
  }

  private void check(EvaluationImage image) {
    ComparisonAccumulator.requireClass(image.label(), classes);
    if (image.values().length != imageSize) {
      throw new EvaluationException(
          "Cannot evaluate an image of "
              + image.values().length
              + " values: the network reads "
              + imageSize
              + ".");
    }
  }

  private void compare(
      List<EvaluationImage> images, List<ComparisonAccumulator> sums, List<ImageFigures> figures) {
    int count = images.size();
    floatPass.logits(values, count, floats);
    for (int c = 0; c < passes.size(); c++) {
      passes.get(c).logits(values, count, quantized.get(c));
    }
    for (int i = 0; i < count; i++) {
      EvaluationImage image = images.get(i);
      int offset = i * classes;
      Guess wanted = Guess.of(floats, offset, classes, image.label());
      List<Guess> guesses = new ArrayList<>();
      List<Double> errors = new ArrayList<>();
      for (int c = 0; c < passes.size(); c++) {
        float[] logits = quantized.get(c);
        Guess given = Guess.of(logits, offset, classes, image.label());
        guesses.add(given);
        errors.add(sums.get(c).add(floats, wanted, logits, given, offset));
      }
      figures.add(
          new ImageFigures(
              image.id(), image.className(), image.label().orElse(-1), wanted, guesses, errors));
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
