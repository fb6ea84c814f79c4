package dev.thresher.finetune;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters of {@link ThresholdScaleLayer}: one row vector of scales. */
final class ThresholdScaleParams implements ParamInitializer {
  static final String SCALES = "scales";
  static final ThresholdScaleParams INSTANCE = new ThresholdScaleParams();

  private ThresholdScaleParams() {}

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return ((ThresholdScaleLayer) layer).scales();
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return List.of(SCALES);
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return List.of(SCALES);
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of();
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return SCALES.equals(key);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return false;
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray paramsView, boolean initialize) {
    ThresholdScaleLayer layer = (ThresholdScaleLayer) conf.getLayer();
    if (initialize) {
      NdFloats.assign(
          paramsView, FrozenNetworks.find(layer.networkKey()).network().initialScales());
    }
    conf.addVariable(SCALES);
    return new LinkedHashMap<>(Collections.singletonMap(SCALES, paramsView));
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradientView) {
    return new LinkedHashMap<>(Collections.singletonMap(SCALES, gradientView));
  }
}
