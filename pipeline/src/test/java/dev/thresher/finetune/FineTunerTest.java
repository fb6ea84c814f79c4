package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.ShardOutcome.NonFinite;
import dev.thresher.finetune.rounding.LayerSums;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Scheme;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FineTunerTest {
  private static final CosineRestarts FAST = new CosineRestarts(0.01, 1e-4, 1e-7, 7);

  private final ReferenceEngine engine = new ReferenceEngine();
  private final Graph graph = Samples.graph(3);
  private final Pixels pixels = Pixels.of(5, 12, 9, 12, 11);
  private final Data data = Data.of(graph, pixels, engine);

  private static FineTuneSettings settings(double epochs, int shards) {
    return new FineTuneSettings(
        epochs, 4, shards, 3, FAST, Distillation.ROOT_MEAN_SQUARE, 16, 0, 0, 17);
  }

  private ThresholdedNetwork network(Scheme scheme) {
    return Samples.thresholded(graph, pixels, scheme, engine);
  }

  private FineTunedNetwork run(
      ThresholdedNetwork network,
      ShardData from,
      FineTuneSettings settings,
      Optional<TrainingState> resume,
      FineTuneListener listener) {
    return FineTuner.finetune(
        network, from, Samples.NORMALIZER, settings, ReferenceEngine::new, resume, listener);
  }

  @ParameterizedTest
  @EnumSource
  void theLossFallsAndTheScalesStayWithinTheirLimits(Scheme scheme) {
    ThresholdedNetwork network = network(scheme);
    FineTunedNetwork tuned =
        run(network, data, settings(12, 2), Optional.empty(), FineTuneListener.NONE);
    List<RoundRecord> rounds = tuned.rounds();

    assertThat(rounds).hasSize(22); // 12 * 44 / (2 * 4) = 66 steps
    assertThat(rounds.get(21).loss()).isLessThan(0.9 * rounds.get(0).loss());
    assertThat(rounds.get(21).step()).isEqualTo(66);
    assertThat(rounds.stream().mapToLong(RoundRecord::images).sum()).isEqualTo(528);
    float[] clamped = tuned.scales();
    network.clamp(clamped);
    assertThat(tuned.scales()).isEqualTo(clamped);
    assertThat(tuned.scales()).isNotEqualTo(network.initialScales());
  }

  @Test
  void theSameRunGivesTheSameBytesAndAnotherSeedGivesOthers() {
    ThresholdedNetwork network = network(Scheme.SYMMETRIC);
    FineTuneSettings settings = settings(3, 2);
    FineTunedNetwork one = run(network, data, settings, Optional.empty(), FineTuneListener.NONE);
    FineTunedNetwork two = run(network, data, settings, Optional.empty(), FineTuneListener.NONE);
    FineTuneSettings reseeded =
        new FineTuneSettings(3, 4, 2, 3, FAST, Distillation.ROOT_MEAN_SQUARE, 16, 0, 0, 18);

    assertThat(two.scales()).isEqualTo(one.scales());
    assertThat(run(network, data, reseeded, Optional.empty(), FineTuneListener.NONE).scales())
        .isNotEqualTo(one.scales());
  }

  @Test
  void resumingFromAnyRoundEndsWithTheSameBytes() {
    ThresholdedNetwork network = network(Scheme.ASYMMETRIC);
    List<TrainingState> states = new ArrayList<>();
    FineTuneListener keep =
        new FineTuneListener() {
          @Override
          public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
            states.add(TrainingStateCodec.decode(TrainingStateCodec.encode(state)));
            assertThat(progress.round()).isEqualTo(states.size());
            assertThat(progress.rounds()).isEqualTo(6);
          }
        };
    FineTuneSettings settings = settings(3.3, 2); // 18 steps; a cycle of 7 ends inside a round
    FineTunedNetwork whole = run(network, data, settings, Optional.empty(), keep);
    assertThat(states).hasSize(6);
    for (TrainingState state : List.copyOf(states)) {
      FineTunedNetwork resumed =
          run(network, data, settings, Optional.of(state), FineTuneListener.NONE);
      assertThat(resumed.scales()).isEqualTo(whole.scales());
    }
  }

  @Test
  void theBestStateIsTheResultBeItTheFirst() {
    ThresholdedNetwork network = network(Scheme.SYMMETRIC);
    List<TrainingState> states = new ArrayList<>();
    FineTunedNetwork tuned = run(network, data, settings(12, 2), Optional.empty(), keeping(states));
    List<RoundRecord> judged =
        tuned.rounds().stream().filter(round -> !Double.isNaN(round.judgedLoss())).toList();
    double least = judged.stream().mapToDouble(RoundRecord::judgedLoss).min().orElseThrow();
    assertThat(judged).hasSize(12).allMatch(round -> round.round() >= 11);
    assertThat(judged)
        .filteredOn(round -> round.round() == tuned.resultRound())
        .singleElement()
        .satisfies(round -> assertThat(round.judgedLoss()).isEqualTo(least));
    assertThat(tuned.scales()).isEqualTo(states.get(tuned.resultRound() - 1).scales());

    FineTuneSettings wild =
        new FineTuneSettings(
            3,
            4,
            2,
            3,
            new CosineRestarts(1, 0, 0, 400),
            Distillation.ROOT_MEAN_SQUARE,
            16,
            0,
            0,
            17);
    TrainingState begin = TrainingState.initial(states.get(0).networkHash(), tuned.scales());
    FineTunedNetwork kept = run(network, data, wild, Optional.of(begin), FineTuneListener.NONE);
    assertThat(kept.resultRound()).isZero();
    assertThat(kept.scales()).isEqualTo(tuned.scales());
  }

  @Test
  void thresholdsOfWholeTensorsAreSearchedAfterTheLastRound() {
    QuantizationSpec spec = Samples.spec(Granularity.PER_TENSOR, Scheme.SYMMETRIC);
    ThresholdedNetwork network =
        new ThresholdedNetwork(graph, spec, network(Scheme.SYMMETRIC).ranges());
    List<Double> losses = new ArrayList<>();
    FineTuneListener listener =
        new FineTuneListener() {
          @Override
          public void onSearch(int done, int total, double loss) {
            assertThat(total).isEqualTo(2 * network.layout().weights().size());
            assertThat(done).isEqualTo(losses.size());
            losses.add(loss);
          }
        };
    float[] before = run(network, data, searching(0), Optional.empty(), listener).scales();
    assertThat(losses).isEmpty();
    float[] after = run(network, data, searching(2), Optional.empty(), listener).scales();

    assertThat(losses).hasSize(2 * network.layout().weights().size() + 1);
    assertThat(losses).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0));
    FineTuneTask task =
        new FineTuneTask(network, data, Samples.NORMALIZER, searching(2), ReferenceEngine::new);
    try (LocalRounds rounds = new LocalRounds(task)) {
      assertThat(rounds.judge(List.of(Candidate.nearest(before), Candidate.nearest(after))))
          .containsExactly(losses.get(0), losses.get(losses.size() - 1));
    }
    int activations = network.layout().activations().get(0).offset();
    assertThat(Arrays.copyOfRange(after, activations, after.length))
        .isEqualTo(Arrays.copyOfRange(before, activations, before.length));
    float[] clamped = after.clone();
    network.clamp(clamped);
    assertThat(after).isEqualTo(clamped);
  }

  private static FineTuneSettings searching(int passes) {
    return new FineTuneSettings(3, 4, 2, 3, FAST, Distillation.ROOT_MEAN_SQUARE, 16, passes, 0, 17);
  }

  @Test
  void perFilterNothingIsSearched() {
    ThresholdedNetwork network = network(Scheme.ASYMMETRIC);

    assertThat(run(network, data, searching(2), Optional.empty(), FineTuneListener.NONE).scales())
        .isEqualTo(
            run(network, data, searching(0), Optional.empty(), FineTuneListener.NONE).scales());
  }

  private static FineTuneListener keeping(List<TrainingState> states) {
    return new FineTuneListener() {
      @Override
      public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
        states.add(state);
      }
    };
  }

  @Test
  void aLogitThatIsNotANumberStopsTheRunAfterTwoTries() {
    ThresholdedNetwork network = network(Scheme.SYMMETRIC);
    List<NonFinite> causes = new ArrayList<>();
    List<TrainingState> states = new ArrayList<>();
    FineTuneListener listener =
        new FineTuneListener() {
          @Override
          public void onRollback(NonFinite cause, TrainingState state) {
            causes.add(cause);
            states.add(state);
          }
        };

    assertThatThrownBy(
            () ->
                run(
                    network,
                    data.with(1, 4, Float.NaN),
                    settings(4, 2),
                    Optional.empty(),
                    listener))
        .isInstanceOf(NonFiniteTrainingException.class)
        .hasMessageContaining("shard 1 met loss NaN");
    assertThat(causes).hasSize(1);
    assertThat(states.get(0).rollbacks()).isEqualTo(1);
    assertThat(states.get(0).moments()).containsOnly(0f);
  }

  @Test
  void aRoundThatFailsOnceIsRepeatedFromTheCommittedStateWithFreshMoments() {
    FineTuneTask task =
        new FineTuneTask(
            network(Scheme.SYMMETRIC),
            data,
            Samples.NORMALIZER,
            settings(3, 2),
            ReferenceEngine::new);
    List<TrainingState> started = new ArrayList<>();
    try (LocalRounds rounds = new LocalRounds(task)) {
      RoundRunner failsOnce =
          new RoundRunner() {
            @Override
            public RoundOutcome run(TrainingState state) {
              started.add(state);
              return started.size() == 3
                  ? new RoundOutcome.Spoiled(new NonFinite(0, 4, 0.1, 6, "loss Infinity"), 4)
                  : rounds.run(state);
            }

            @Override
            public double[] judge(List<Candidate> candidates) {
              return rounds.judge(candidates);
            }

            @Override
            public LayerSums measure(String node, Candidate soFar) {
              return rounds.measure(node, soFar);
            }

            @Override
            public Traffic traffic() {
              return rounds.traffic();
            }

            @Override
            public void close() {}
          };
      FineTunedNetwork tuned =
          FineTuner.finetune(task, failsOnce, Optional.empty(), FineTuneListener.NONE);

      assertThat(tuned.rounds()).hasSize(6);
      assertThat(tuned.rounds().get(1).rollbacks()).isZero();
      assertThat(tuned.rounds().get(2).rollbacks()).isEqualTo(1);
      assertThat(started.get(3).scales()).isEqualTo(started.get(2).scales());
      assertThat(started.get(2).moments()).isNotEqualTo(started.get(3).moments());
      assertThat(started.get(3).moments()).containsOnly(0f);
      assertThat(started.get(3).step()).isEqualTo(6);
      assertThat(started.get(3).optimizerOrigin()).isEqualTo(6);
    }
  }

  @Test
  void aStateOfAnotherNetworkOrPlanIsRefused() {
    ThresholdedNetwork network = network(Scheme.SYMMETRIC);
    TrainingState foreign = TrainingState.initial("another", network.initialScales());

    assertThatThrownBy(
            () -> run(network, data, settings(2, 2), Optional.of(foreign), FineTuneListener.NONE))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining("network another");
  }

  @Test
  void imagesOfAnotherSizeAreRefused() {
    Graph other = Samples.graph(4);
    assertThat(other.inputShape().size()).isEqualTo(192);
    ShardData wide =
        new ShardData() {
          private static final long serialVersionUID = 1L;

          @Override
          public String id() {
            return "wide";
          }

          @Override
          public int parts() {
            return 1;
          }

          @Override
          public int size(int part) {
            return 4;
          }

          @Override
          public TrainingPart load(int part) {
            TrainingPart.Image image =
                new TrainingPart.Image(new byte[243], new float[Samples.CLASSES]);
            return new TrainingPart(List.of(image, image, image, image));
          }
        };

    assertThatThrownBy(
            () ->
                run(
                    network(Scheme.SYMMETRIC),
                    wide,
                    settings(1, 1),
                    Optional.empty(),
                    FineTuneListener.NONE))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining("243 values")
        .hasMessageContaining("192 values");
  }

  @Test
  void whatTrainingSeesHasNoPlaceForALabel() {
    assertThat(TrainingPart.Image.class.getRecordComponents())
        .extracting(RecordComponent::getName)
        .containsExactly("rgb", "teacher");
    assertThat(Arrays.stream(TrainingPart.class.getDeclaredFields()).map(f -> f.getName()))
        .containsExactly("images");
  }

  @Test
  void teacherLogitsGoThroughBytesExactly() {
    List<float[]> logits = List.of(new float[] {1f, -0f}, new float[] {Float.NaN, 1e-40f});
    byte[] bytes = TeacherLogits.encode(logits, 2);

    List<float[]> back = TeacherLogits.decode(bytes, "x");
    assertThat(back).hasSize(2);
    assertThat(back.get(0)).isEqualTo(logits.get(0));
    assertThat(back.get(1)).isEqualTo(logits.get(1));
    assertThatThrownBy(() -> TeacherLogits.decode(Arrays.copyOf(bytes, bytes.length - 1), "x"))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining("Cannot read x");
  }
}
