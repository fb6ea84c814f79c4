package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.dataset.DataSet;

class ThresholdScaleLayerTest {
  private static final int BATCH = 6;
  private static final CosineRestarts FAST = new CosineRestarts(0.02, 1e-3, 1e-7, 4);

  private final ReferenceEngine engine = new ReferenceEngine();
  private FineTuneTask task;
  private MultiLayerConfiguration conf;
  private MultiLayerNetwork network;
  private MinibatchReader reader;

  @BeforeEach
  void train() {
    Graph graph = Samples.graph(11);
    Pixels pixels = Pixels.of(7, 10, 9);
    ThresholdedNetwork thresholded = Samples.thresholded(graph, pixels, Scheme.ASYMMETRIC, engine);
    FineTuneSettings settings =
        new FineTuneSettings(10, BATCH, 1, 8, FAST, Distillation.ROOT_MEAN_SQUARE, 0, 0, 0, 5);
    task =
        new FineTuneTask(
            thresholded,
            Data.of(graph, pixels, engine),
            Samples.NORMALIZER,
            settings,
            ReferenceEngine::new);
    task.install();
    conf = TrainingNetworks.configuration(task);
    network = TrainingNetworks.create(conf, task.initialState());
    reader =
        new MinibatchReader(
            task.data(),
            task.normalizer(),
            settings,
            0,
            0,
            20,
            graph.inputShape().size(),
            graph.classes());
  }

  @AfterEach
  void release() {
    TrainingNetworks.computation(network).release();
    FrozenNetworks.release(task.networkKey());
  }

  /** Gradient at some scales straight from the engine. */
  private float[] gradient(float[] scales, DataSet batch) {
    float[] logits = new float[BATCH * task.classes()];
    float[] epsilon = new float[logits.length];
    float[] gradient = new float[scales.length];
    try (TrainingPass pass = engine.trainingPass(task.network(), BATCH)) {
      pass.forward(scales, NdFloats.of(batch.getFeatures()), BATCH, logits);
      task.settings()
          .distillation()
          .gradient(logits, NdFloats.of(batch.getLabels()), BATCH, epsilon);
      pass.backward(epsilon, gradient);
    }
    return gradient;
  }

  @Test
  void theScalesAreTheOnlyParameters() {
    assertThat(network.numParams()).isEqualTo(task.network().layout().size());
    assertThat(network.paramTable()).containsOnlyKeys("0_scales");
    assertThat(TrainingNetworks.moments(network).length()).isEqualTo(2L * task.scales());
    assertThat(NdFloats.of(network.params())).isEqualTo(task.network().initialScales());
  }

  @Test
  void configurationGoesThroughJsonAndSerializationWithoutAWeight() throws Exception {
    String json = conf.toJson();
    MultiLayerConfiguration back = MultiLayerConfiguration.fromJson(json);
    ByteArrayOutputStream serialized = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(serialized)) {
      out.writeObject(conf);
    }

    assertThat(back).isEqualTo(conf);
    assertThat(back.toJson()).isEqualTo(json);
    assertThat(json).contains(task.networkKey()).contains("DistillationLoss");
    assertThat(json.length()).isLessThan(8_000);
    assertThat(serialized.size()).isLessThan(16_000);
    DataSet batch = reader.next();
    MultiLayerNetwork other = TrainingNetworks.create(back, task.initialState());
    assertThat(other.output(batch.getFeatures())).isEqualTo(network.output(batch.getFeatures()));
    TrainingNetworks.computation(other).release();
  }

  @Test
  void whatReachesAdamIsTheWholeBatchGradientUndivided() {
    DataSet batch = reader.next();
    float[] expected = gradient(task.network().initialScales(), batch);
    network.setInput(batch.getFeatures());
    network.setLabels(batch.getLabels());
    network.computeGradientAndScore();

    assertThat(NdFloats.of(network.gradient().gradient())).isEqualTo(expected);
    network
        .getUpdater()
        .update(
            network,
            network.gradient(),
            0,
            0,
            BATCH,
            org.deeplearning4j.nn.workspace.LayerWorkspaceMgr.noWorkspaces());
    float[] moments = NdFloats.of(TrainingNetworks.moments(network));
    for (int i = 0; i < expected.length; i++) {
      assertThat(moments[i]).isCloseTo(0.1f * expected[i], within(1e-6f * Math.abs(expected[i])));
    }
  }

  @Test
  void stepsAreThoseOfAdamWithRestartsAndProjection() {
    int n = task.scales();
    double[] m = new double[n];
    double[] v = new double[n];
    float[] scales = task.network().initialScales();
    int moved = 0;
    try (ShardTrainer trainer = new ShardTrainer(task.settings(), network)) {
      for (int step = 0; step < 10; step++) {
        if (step % 4 == 0) {
          m = new double[n];
          v = new double[n];
        }
        int t = step % 4 + 1;
        DataSet batch = reader.next();
        float[] g = gradient(scales, batch);
        double rate = 0.02 * Math.exp(-1e-3 * step) * Math.cos(Math.PI * (step % 4) / 16.0) + 1e-7;
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
          m[i] = 0.9 * m[i] + 0.1 * g[i];
          v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
          double corrected = rate * Math.sqrt(1 - Math.pow(0.999, t)) / (1 - Math.pow(0.9, t));
          expected[i] = (float) (scales[i] - corrected * m[i] / (Math.sqrt(v[i]) + 1e-8));
        }
        task.network().clamp(expected);
        trainer.step(batch);
        float[] actual = NdFloats.of(network.params());
        for (int i = 0; i < n; i++) {
          assertThat(actual[i])
              .as("scale %d, step %d", i, step)
              .isCloseTo(expected[i], within(2e-6f));
          moved += actual[i] != scales[i] ? 1 : 0;
        }
        scales = actual;
      }
    }
    assertThat(moved).isGreaterThan(5 * n);
  }

  @Test
  void theScoreIsTheLossOfTheBatch() {
    DataSet batch = reader.next();
    float[] logits = NdFloats.of(network.output(batch.getFeatures()));
    double expected =
        Distillation.ROOT_MEAN_SQUARE.loss(logits, NdFloats.of(batch.getLabels()), BATCH);
    network.fit(batch);

    assertThat(network.score()).isCloseTo(expected, within(1e-12));
  }

  @Test
  void aScaleBeyondItsLimitIsProjectedAndKeepsItsGradient() {
    float[] scales = task.network().initialScales();
    DataSet batch = reader.next();
    float[] atLimit = gradient(scales, batch);
    scales[0] = 1.0001f;
    float[] outside = gradient(scales, batch);
    NdFloats.assign(network.params(), scales);
    TrainingNetworks.computation(network).applyConstraints(0, 0);

    assertThat(outside[0]).isZero();
    assertThat(atLimit[0]).isNotZero();
    assertThat(NdFloats.of(network.params())[0]).isEqualTo(1f);
  }

  @Test
  void aNetworkThatThisJvmDoesNotHoldIsNamed() {
    FrozenNetworks.release(task.networkKey());
    MultiLayerNetwork orphan = TrainingNetworks.create(conf, task.initialState());

    assertThatThrownBy(() -> orphan.output(reader.next().getFeatures()))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining(task.networkKey());
  }
}
