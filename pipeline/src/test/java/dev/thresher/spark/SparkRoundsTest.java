package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.Candidate;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.Distillation;
import dev.thresher.finetune.FineTuneListener;
import dev.thresher.finetune.FineTuneProgress;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FineTunedNetwork;
import dev.thresher.finetune.FineTuner;
import dev.thresher.finetune.LocalRounds;
import dev.thresher.finetune.NonFiniteTrainingException;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.Samples;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.ShardData;
import dev.thresher.finetune.TrainingPart;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class SparkRoundsTest {
  private final ReferenceEngine engine = new ReferenceEngine();
  private final Graph graph = Samples.graph(3);
  private final Pixels pixels = Pixels.of(5, 12, 9, 12, 11, 8, 10, 7);
  private final Data data = Data.of(graph, pixels, engine);
  private final ThresholdedNetwork network =
      Samples.thresholded(graph, pixels, Scheme.ASYMMETRIC, engine);

  private FineTuneTask task(ShardData from) {
    return task(from, 0);
  }

  private FineTuneTask task(ShardData from, int roundingImages) {
    FineTuneSettings settings =
        new FineTuneSettings(
            3,
            4,
            5,
            3,
            new CosineRestarts(0.01, 1e-4, 1e-7, 7),
            Distillation.ROOT_MEAN_SQUARE,
            40,
            0,
            roundingImages,
            17);
    return new FineTuneTask(network, from, Samples.NORMALIZER, settings, ReferenceEngine::new);
  }

  private static JavaSparkContext context(String master) {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster(master)
            .setAppName("rounds")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1"));
  }

  /** The encoded states after every round. */
  private static final class States implements FineTuneListener {
    private final List<byte[]> bytes = new ArrayList<>();
    private final List<RoundRecord> records = new ArrayList<>();

    @Override
    public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
      bytes.add(TrainingStateCodec.encode(state));
      records.add(round);
    }
  }

  private States local() {
    States states = new States();
    FineTuneTask task = task(data);
    try (LocalRounds rounds = new LocalRounds(task)) {
      FineTuner.finetune(task, rounds, Optional.empty(), states);
    }
    return states;
  }

  private States onSpark(JavaSparkContext context, ShardData from) {
    States states = new States();
    FineTuneTask task = task(from);
    try (SparkRounds rounds = new SparkRounds(context, task)) {
      FineTunedNetwork tuned = FineTuner.finetune(task, rounds, Optional.empty(), states);
      assertThat(tuned.rounds()).isEqualTo(states.records);
    }
    return states;
  }

  @Test
  void anyNumberOfThreadsGivesTheBytesOfTheSingleJvm() {
    States expected = local();
    assertThat(expected.bytes).hasSize(4); // 3 * 69 / (5 * 4) = 10 steps, the last round has one
    for (String master : List.of("local[1]", "local[2]", "local[4]")) {
      try (JavaSparkContext context = context(master)) {
        States states = onSpark(context, data);

        assertThat(states.bytes).as(master).containsExactlyElementsOf(expected.bytes);
      }
    }
  }

  @Test
  void anyNumberOfThreadsJudgesTheSame() {
    FineTuneTask task = task(data);
    float[] other = task.network().initialScales();
    other[0] *= 0.75f;
    List<Candidate> candidates =
        List.of(Candidate.nearest(task.network().initialScales()), Candidate.nearest(other));
    double[] expected;
    try (LocalRounds rounds = new LocalRounds(task)) {
      expected = rounds.judge(candidates);
    }
    assertThat(expected[0]).isNotEqualTo(expected[1]);
    for (String master : List.of("local[1]", "local[2]")) {
      try (JavaSparkContext context = context(master);
          SparkRounds rounds = new SparkRounds(context, task)) {
        assertThat(rounds.judge(candidates)).as(master).isEqualTo(expected);
      }
    }
  }

  @Test
  void anyNumberOfThreadsChoosesTheSameIntegers() {
    FineTuneTask task = task(data, 40);
    FineTunedNetwork expected;
    List<Double> judged = new ArrayList<>();
    FineTuneListener listener =
        new FineTuneListener() {
          @Override
          public void onRounding(double nearest, double fitted, boolean kept) {
            judged.add(nearest);
            judged.add(fitted);
            assertThat(kept).isEqualTo(fitted < nearest);
          }
        };
    try (LocalRounds rounds = new LocalRounds(task)) {
      expected = FineTuner.finetune(task, rounds, Optional.empty(), listener);
    }
    assertThat(expected.rounding().layers()).hasSize(4);
    assertThat(judged.get(1)).isLessThan(0.9 * judged.get(0));
    for (String master : List.of("local[1]", "local[2]")) {
      try (JavaSparkContext context = context(master);
          SparkRounds rounds = new SparkRounds(context, task)) {
        FineTunedNetwork tuned =
            FineTuner.finetune(task, rounds, Optional.empty(), FineTuneListener.NONE);

        assertThat(tuned.scales()).as(master).isEqualTo(expected.scales());
        assertThat(RoundingCodec.encode(tuned.rounding()))
            .as(master)
            .isEqualTo(RoundingCodec.encode(expected.rounding()));
      }
    }
  }

  @Test
  void onlyScalesMomentsAndAFewNumbersTravelInNamedJobs() throws Exception {
    List<String> names = Collections.synchronizedList(new ArrayList<>());
    try (JavaSparkContext context = context("local[2]")) {
      context
          .sc()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onJobStart(SparkListenerJobStart job) {
                  names.add(job.properties().getProperty("spark.job.description"));
                }
              });
      States states = onSpark(context, data);
      int scales = network.layout().size();

      for (RoundRecord round : states.records) {
        assertThat(round.bytesReceived()).isEqualTo(5L * (12L * scales + 37));
        assertThat(round.bytesSent()).isBetween(12L * scales, 12L * scales + 20_000);
      }
      context.sc().listenerBus().waitUntilEmpty();
    }
    assertThat(names)
        .containsExactly(
            "finetune: judge",
            "finetune: round 1/4",
            "finetune: round 2/4",
            "finetune: judge",
            "finetune: round 3/4",
            "finetune: judge",
            "finetune: round 4/4",
            "finetune: judge");
  }

  /** Data whose reading fails the first few times in this JVM. */
  private record Flaky(Data data) implements ShardData {
    private static final long serialVersionUID = 1L;
    private static final AtomicInteger FAILURES = new AtomicInteger();

    @Override
    public String id() {
      return "flaky-" + data.id();
    }

    @Override
    public int parts() {
      return data.parts();
    }

    @Override
    public int size(int part) {
      return data.size(part);
    }

    @Override
    public TrainingPart load(int part) {
      if (FAILURES.incrementAndGet() % 3 == 1) {
        throw new IllegalStateException("the store is away for a moment");
      }
      return data.load(part);
    }
  }

  @Test
  void retriedTasksComputeTheSame() {
    try (JavaSparkContext context = context("local[2,8]")) {
      States states = onSpark(context, new Flaky(data));
      assertThat(Flaky.FAILURES.get()).isGreaterThan(2);
      // The network's hash, scales and moments are the same; data differ in their name alone.
      assertThat(states.bytes).containsExactlyElementsOf(local().bytes);
    }
  }

  @Test
  void aBrokenLogitStopsTheRunWithoutRetryingTasks() {
    try (JavaSparkContext context = context("local[2]")) {
      assertThatThrownBy(() -> onSpark(context, data.with(2, 1, Float.POSITIVE_INFINITY)))
          .isInstanceOf(NonFiniteTrainingException.class)
          .hasMessageContaining("shard 2");
    }
  }

  @Test
  void teacherLogitsAreComputedOnceAndAreThoseOfTheFloatNetwork(@TempDir Path folder) {
    RunStore store =
        RunStore.open(StoreLocation.of(folder.toUri().toString(), Map.of()), "teacher-run");
    try (JavaSparkContext context = context("local[2]")) {
      var seen = context.sc().longAccumulator("images");
      DistillationData computed =
          TeacherStage.run(
              context, graph, pixels, Samples.NORMALIZER, ReferenceEngine::new, store, seen);
      DistillationData found =
          TeacherStage.run(
              context, graph, pixels, Samples.NORMALIZER, ReferenceEngine::new, store, seen);

      assertThat(seen.value()).isEqualTo(69);
      assertThat(found.id()).isEqualTo(computed.id());
      for (int part = 0; part < pixels.parts(); part++) {
        TrainingPart expected = data.load(part);
        TrainingPart actual = found.load(part);
        assertThat(actual.size()).isEqualTo(expected.size());
        for (int row = 0; row < actual.size(); row++) {
          assertThat(actual.image(row).rgb()).isEqualTo(expected.image(row).rgb());
          assertThat(actual.image(row).teacher()).isEqualTo(expected.image(row).teacher());
        }
      }
      assertThat(onSpark(context, found).bytes).containsExactlyElementsOf(local().bytes);
      assertThatThrownBy(
              () ->
                  TeacherStage.run(
                      context,
                      Samples.graph(4),
                      pixels,
                      Samples.NORMALIZER,
                      ReferenceEngine::new,
                      store,
                      seen))
          .hasMessageContaining("Cannot reuse the teacher's logits");
    }
  }
}
