package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.evaluate.Evaluation;
import dev.thresher.evaluate.EvaluationException;
import dev.thresher.evaluate.EvaluationImage;
import dev.thresher.evaluate.Evaluator;
import dev.thresher.evaluate.Evaluator.Candidate;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EvaluatePartsTest {
  private static final int IMAGES = 5;
  private static final long ALL = 35;
  private static final List<Integer> PARTS = IntStream.range(0, 7).boxed().toList();
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("evaluate")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Evaluator open() {
    RandomGraphs.Case random = RandomGraphs.quantized(7);
    IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
    return new Evaluator(
        new ReferenceEngine(), random.graph(), List.of(new Candidate("trained", network)), 2);
  }

  private static Iterator<EvaluationImage> images(int part) {
    RandomGraphs.Case random = RandomGraphs.quantized(7);
    int size = random.graph().inputShape().size();
    return new Random(part)
        .ints(IMAGES, 0, random.graph().classes())
        .mapToObj(
            label ->
                new EvaluationImage(
                    part + "/" + label,
                    "",
                    RandomGraphs.gaussians(new Random(31L * part + label), size, 1),
                    OptionalInt.of(label)))
        .iterator();
  }

  private static Evaluation run(int tasks, LongAccumulator done) {
    return EvaluateParts.run(
        spark,
        "evaluating",
        PARTS,
        tasks,
        EvaluatePartsTest::images,
        EvaluatePartsTest::open,
        done);
  }

  @Test
  void tasksDoNotMatterToTheLastBit() {
    LongAccumulator done = spark.sc().longAccumulator();
    Evaluation one = run(1, done);
    assertThat(done.value()).isEqualTo(ALL);
    assertThat(one.of("trained").images()).isEqualTo(ALL);
    assertThat(run(3, done)).isEqualTo(one);
    assertThat(run(100, done)).isEqualTo(one);
    try (Evaluator evaluator = open()) {
      List<Evaluation> here =
          PARTS.stream().map(part -> evaluator.evaluate(images(part), count -> {})).toList();
      assertThat(one).isEqualTo(Evaluation.sum(here));
    }
  }

  @Test
  void noImagesAreRefused() {
    LongAccumulator done = spark.sc().longAccumulator();
    assertThatThrownBy(
            () ->
                EvaluateParts.run(
                    spark,
                    "evaluating",
                    List.<Integer>of(),
                    2,
                    EvaluatePartsTest::images,
                    EvaluatePartsTest::open,
                    done))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("no images");
  }
}
