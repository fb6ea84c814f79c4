package dev.thresher.finetune;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A DL4J layer that is a whole quantized network, and whose parameters are its threshold scales and
 * nothing else.
 *
 * <p>Input [N, H * W * C] normalised real values, channels-last; output [N, classes] logits. The
 * configuration names the frozen network by its key in {@link FrozenNetworks}: its JSON and its
 * serialized form hold a few hundred bytes, never a weight. Source: method, sections 4 to 6.
 */
public final class ThresholdScaleLayer extends BaseLayer {
  private static final long serialVersionUID = 1L;

  @JsonProperty private final String networkKey;
  @JsonProperty private final int scales;
  @JsonProperty private final int classes;
  @JsonProperty private final int batch;

  /**
   * A layer around a frozen network.
   *
   * @param networkKey key in {@link FrozenNetworks}
   * @param scales length of the trained vector
   * @param classes logits of an image
   * @param batch most images at a time
   */
  @JsonCreator
  public ThresholdScaleLayer(
      @JsonProperty("networkKey") String networkKey,
      @JsonProperty("scales") int scales,
      @JsonProperty("classes") int classes,
      @JsonProperty("batch") int batch) {
    this.networkKey = Objects.requireNonNull(networkKey, "networkKey");
    this.scales = scales;
    this.classes = classes;
    this.batch = batch;
    setConstraints(List.of(new ScaleProjection()));
  }

  String networkKey() {
    return networkKey;
  }

  int scales() {
    return scales;
  }

  int classes() {
    return classes;
  }

  int batch() {
    return batch;
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray paramsView,
      boolean initialize,
      DataType type) {
    ThresholdScaleComputation layer = new ThresholdScaleComputation(conf, type);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(paramsView);
    layer.setParamTable(initializer().init(conf, paramsView, initialize));
    layer.setConf(conf);
    return layer;
  }

  @Override
  public ParamInitializer initializer() {
    return ThresholdScaleParams.INSTANCE;
  }

  @Override
  public InputType getOutputType(int index, InputType input) {
    return InputType.feedForward(classes);
  }

  @Override
  public void setNIn(InputType input, boolean override) {
    // The frozen network knows its input.
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType input) {
    return null;
  }

  @Override
  public List<Regularization> getRegularizationByParam(String param) {
    return null;
  }

  @Override
  public boolean isPretrainParam(String param) {
    return false;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType input) {
    return new LayerMemoryReport.Builder(
            getLayerName(), ThresholdScaleLayer.class, input, getOutputType(0, input))
        .standardMemory(scales, 2L * scales)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ThresholdScaleLayer that
        && networkKey.equals(that.networkKey)
        && scales == that.scales
        && classes == that.classes
        && batch == that.batch
        && Objects.equals(getIUpdater(), that.getIUpdater());
  }

  @Override
  public int hashCode() {
    return Objects.hash(networkKey, scales, classes, batch);
  }

  @Override
  public String toString() {
    return "ThresholdScaleLayer[%s, %d scales]".formatted(networkKey, scales);
  }
}
