package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.evaluate.Evaluator.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
  private final Engine engine = new ReferenceEngine();
  private final RandomGraphs.Case random = RandomGraphs.quantized(7);
  private final IntegerNetwork untrained =
      IntegerNetwork.of(random.network(), random.network().initialScales());
  private final IntegerNetwork trained = IntegerNetwork.of(random.network(), random.scales());

  private List<EvaluationImage> images() {
    List<EvaluationImage> images = new ArrayList<>();
    for (int i = 0; i < RandomGraphs.IMAGES; i++) {
      images.add(new EvaluationImage("c/" + i, "c", random.image(i), OptionalInt.of(i % 2)));
    }
    return images;
  }

  private Evaluation evaluate(int batch) {
    List<Candidate> candidates =
        List.of(new Candidate("untrained", untrained), new Candidate("trained", trained));
    try (Evaluator evaluator = new Evaluator(engine, random.graph(), candidates, batch)) {
      return evaluator.evaluate(images().iterator(), done -> {});
    }
  }

  @Test
  void figuresAreThoseOfTheDefinition() {
    double squared = 0;
    int classes = random.graph().classes();
    for (EvaluationImage image : images()) {
      double[] wanted = NaiveFloat.logits(random.graph(), image.values());
      float[] given = NaiveInteger.logits(trained, image.values());
      for (int k = 0; k < classes; k++) {
        squared += (wanted[k] - given[k]) * (wanted[k] - given[k]);
      }
    }
    Comparison comparison = evaluate(2).of("trained");
    assertThat(comparison.images()).isEqualTo(RandomGraphs.IMAGES);
    assertThat(comparison.logitRmse().getAsDouble())
        .isCloseTo(Math.sqrt(squared / (RandomGraphs.IMAGES * classes)), within(1e-5));
  }

  @Test
  void theBatchDoesNotMatter() {
    assertThat(evaluate(1)).isEqualTo(evaluate(2)).isEqualTo(evaluate(5));
  }

  @Test
  void progressCountsEveryImageOnce() {
    List<Integer> done = new ArrayList<>();
    try (Evaluator evaluator = new Evaluator(engine, random.graph(), List.of(), 2)) {
      evaluator.evaluate(images().iterator(), done::add);
    }
    assertThat(done).containsExactly(2, 1);
  }

  @Test
  void networksOfOtherShapesAreRefused() {
    RandomGraphs.Case other = RandomGraphs.quantized(8);
    Candidate candidate =
        new Candidate("other", IntegerNetwork.of(other.network(), other.scales()));
    assertThatThrownBy(() -> new Evaluator(engine, random.graph(), List.of(candidate), 2))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("Cannot compare other with the float network");
  }

  @Test
  void everyImageIsToldInItsOrderWithWhatTheNetworksMakeOfIt() {
    Evaluation evaluation = evaluate(2);
    int classes = random.graph().classes();
    assertThat(evaluation.images())
        .extracting(ImageFigures::id)
        .containsExactly("c/0", "c/1", "c/2");
    double squared = 0;
    for (int i = 0; i < RandomGraphs.IMAGES; i++) {
      ImageFigures image = evaluation.images().get(i);
      float[] integers = NaiveInteger.logits(trained, random.image(i));
      Guess wanted = Guess.of(integers, 0, classes, OptionalInt.of(i % 2));
      assertThat(image.candidates().get(1)).isEqualTo(wanted);
      assertThat(image.label()).isEqualTo(i % 2);
      squared += image.squaredErrors().get(1);
    }
    assertThat(squared).isCloseTo(evaluation.of("trained").squaredError(), within(1e-9));
  }

  @Test
  void layersAreDescribedOnceEach() {
    float[] scales = random.network().initialScales();
    List<LayerRow> rows =
        LayerTable.of(IntegerNetwork.of(random.network(), scales), LayerStudy.none());
    assertThat(rows.get(0).kind()).isEqualTo("input");
    assertThat(rows)
        .extracting(LayerRow::tensor)
        .containsExactlyElementsOf(
            random.network().layout().activations().stream().map(block -> block.name()).toList());
    long weighted = rows.stream().filter(row -> row.weights().isPresent()).count();
    assertThat(weighted).isEqualTo(random.network().layout().weights().size());
    for (LayerRow row : rows) {
      row.weights().ifPresent(EvaluatorTest::checkUntrained);
      assertThat(row.activation().width()).isEqualTo(1);
      assertThat(row.activation().scale()).isEqualTo(untrained.quantizer(row.tensor()).scale());
      assertThat(row.study().own()).isEmpty();
      assertThat(row.study().gain()).isEmpty();
    }
  }

  private static void checkUntrained(LayerRow.WeightFigures weights) {
    assertThat(weights.atLow()).isZero();
    assertThat(weights.atHigh()).isPositive();
    assertThat(weights.alphas()).isEqualTo(new LayerRow.Spread(1, 1, 1));
    assertThat(weights.thresholds().min()).isLessThanOrEqualTo(weights.thresholds().max());
    // A threshold of max |w| clips nothing: no error beyond half a step.
    assertThat(weights.noise().noise()).isLessThan(weights.noise().signal());
  }
}
