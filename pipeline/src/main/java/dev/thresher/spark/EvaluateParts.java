package dev.thresher.spark;

import dev.thresher.evaluate.Evaluation;
import dev.thresher.evaluate.EvaluationException;
import dev.thresher.evaluate.EvaluationImage;
import dev.thresher.evaluate.Evaluator;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Evaluates on a cluster: parts are mapped, their figures are added in the order of the parts. So
 * the result does not depend on executors, tasks or retries.
 */
public final class EvaluateParts {
  private EvaluateParts() {}

  /** Makes an evaluator on the machine that it is called on, from broadcasts that it captures. */
  @FunctionalInterface
  public interface EvaluatorSource extends Serializable {
    /** A new evaluator; the caller closes it. */
    Evaluator open();
  }

  /**
   * Reads the images of a part.
   *
   * @param <P> what names a part
   */
  @FunctionalInterface
  public interface PartImages<P> extends Serializable {
    /** The images, in the same order every time. */
    Iterator<EvaluationImage> open(P part);
  }

  /**
   * Compares on all parts.
   *
   * @param name of the job in Spark's pages and progress
   * @param parts in the order in which figures are added; serializable
   * @param tasks how many to make of them; each opens one evaluator
   * @param done counts images for progress; may count an image again after a retry
   * @throws EvaluationException if there are no parts
   */
  public static <P> Evaluation run(
      JavaSparkContext spark,
      String name,
      List<P> parts,
      int tasks,
      PartImages<P> images,
      EvaluatorSource evaluators,
      LongAccumulator done) {
    if (parts.isEmpty()) {
      throw new EvaluationException("Cannot evaluate: there are no images.");
    }
    spark.setJobDescription(name);
    try {
      return Evaluation.sum(
          spark
              .parallelize(parts, Math.min(tasks, parts.size()))
              .mapPartitions(mine -> evaluate(mine, images, evaluators, done))
              .collect());
    } finally {
      spark.setJobDescription(null);
    }
  }

  private static <P> Iterator<Evaluation> evaluate(
      Iterator<P> parts, PartImages<P> images, EvaluatorSource evaluators, LongAccumulator done) {
    List<Evaluation> evaluations = new ArrayList<>();
    try (Evaluator evaluator = evaluators.open()) {
      while (parts.hasNext()) {
        evaluations.add(evaluator.evaluate(images.open(parts.next()), done::add));
      }
    }
    return evaluations.iterator();
  }
}
