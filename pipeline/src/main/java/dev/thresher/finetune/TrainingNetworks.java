package dev.thresher.finetune;

import dev.thresher.tensor.NativeMemory;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.CrashReportingUtil;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * The DL4J network that is trained: {@link ThresholdScaleLayer}, then a loss layer with {@link
 * DistillationLoss}; Adam (0.9, 0.999, 1e-8) with {@link CosineRestarts}.
 *
 * <p>DL4J's counters carry the schedule: its epoch is the step at which Adam's moments were last
 * cleared, its iteration the steps since.
 */
public final class TrainingNetworks {
  static {
    NativeMemory.isNotForTheLoaderToLimit();
    // Where memory runs out DL4J would leave a file in the folder that the user happens to be in.
    CrashReportingUtil.crashDumpsEnabled(false);
  }

  private TrainingNetworks() {}

  /** The configuration of a task; its JSON names the frozen network and holds no weight. */
  public static MultiLayerConfiguration configuration(FineTuneTask task) {
    FineTuneSettings settings = task.settings();
    return new NeuralNetConfiguration.Builder()
        .seed(settings.seed())
        .dataType(DataType.FLOAT)
        .optimizationAlgo(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT)
        .miniBatch(false)
        .trainingWorkspaceMode(WorkspaceMode.NONE)
        .inferenceWorkspaceMode(WorkspaceMode.NONE)
        .updater(Adam.builder().learningRateSchedule(settings.learningRate()).build())
        .list()
        .layer(
            new ThresholdScaleLayer(
                task.networkKey(), task.scales(), task.classes(), settings.batch()))
        .layer(
            new LossLayer.Builder(new DistillationLoss(settings.distillation()))
                .activation(Activation.IDENTITY)
                .build())
        .build();
  }

  /** A network in a given state. */
  public static MultiLayerNetwork create(MultiLayerConfiguration conf, TrainingState state) {
    float[] scales = state.scales();
    MultiLayerNetwork network = new MultiLayerNetwork(conf.clone());
    network.init(Nd4j.create(scales, new long[] {1, scales.length}, 'c'), false);
    load(network, state);
    return network;
  }

  /** Puts an existing network into a given state. */
  public static void load(MultiLayerNetwork network, TrainingState state) {
    NdFloats.assign(network.params(), state.scales());
    NdFloats.assign(moments(network), state.moments());
    network.setEpochCount(state.optimizerOrigin());
    network.setIterationCount(state.step() - state.optimizerOrigin());
  }

  /** The view of Adam's state, [1, 2 n]: first moments, then second moments. */
  static INDArray moments(MultiLayerNetwork network) {
    return network.getUpdater().getStateViewArray();
  }

  /** The layer that computes. */
  static ThresholdScaleComputation computation(MultiLayerNetwork network) {
    return (ThresholdScaleComputation) network.getLayer(0);
  }
}
