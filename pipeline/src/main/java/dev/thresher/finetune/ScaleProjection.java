package dev.thresher.finetune;

import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Moves every scale to the nearest within its limits after each optimizer step.
 *
 * <p>The forward pass clips the scales anyway; but outside its limits a scale's gradient is zero,
 * and training starts with every threshold scale at its upper limit. The first step upwards would
 * leave such a scale without a gradient for ever, with only Adam's fading momentum to move it. On
 * the limit itself the gradient is that of the inside, so that a projected scale comes back as soon
 * as its gradient says so. NaN stays NaN, for the guard to see. Idempotent; source: method, section
 * 4.
 */
public final class ScaleProjection implements LayerConstraint {
  private static final long serialVersionUID = 1L;

  @Override
  public void applyConstraint(Layer layer, int iteration, int epoch) {
    ThresholdScaleComputation computation = (ThresholdScaleComputation) layer;
    INDArray params = computation.params();
    float[] scales = NdFloats.of(params);
    computation.frozen().network().clamp(scales);
    NdFloats.assign(params, scales);
  }

  @Override
  public Set<String> getParams() {
    return Set.of(ThresholdScaleParams.SCALES);
  }

  @Override
  public void setParams(Set<String> params) {
    if (!params.equals(getParams())) {
      throw new FineTuneException("Cannot project " + params + ": only the scales have limits.");
    }
  }

  @Override
  @SuppressWarnings("MissingSuperCall") // without state: one object serves all
  public ScaleProjection clone() {
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScaleProjection;
  }

  @Override
  public int hashCode() {
    return ScaleProjection.class.hashCode();
  }
}
