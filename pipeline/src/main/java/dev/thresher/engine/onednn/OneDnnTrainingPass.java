package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import java.util.OptionalLong;

/** Integer forward and straight-through backward. */
final class OneDnnTrainingPass implements TrainingPass {
  private final ThresholdedNetwork network;
  private final int batch;
  private final NativePlan plan = new NativePlan();
  private final IntegerForward forward;
  private final Backward backward;
  private float[] scales;
  private int count = -1;

  OneDnnTrainingPass(ThresholdedNetwork network, int batch) {
    this.network = network;
    this.batch = batch;
    try {
      this.forward = IntegerForward.states(plan, network, batch);
      this.backward = new Backward(plan, network, forward);
      plan.seal();
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  @Override
  public void forward(float[] newScales, float[] images, int newCount, float[] logits) {
    Chunks.check(network.graph(), newCount, batch, images, logits);
    IntegerNetwork integers = IntegerNetwork.of(network, newScales);
    scales = newScales.clone();
    count = newCount;
    forward.configureGrids(integers);
    backward.configure(integers);
    forward.run(images, 0, count);
    forward.readLogits(count, logits);
  }

  @Override
  public void backward(float[] logitGradient, float[] scaleGradient) {
    if (count < 0) {
      throw new IllegalStateException("Cannot go backward: run a forward pass first.");
    }
    Chunks.require("gradients of the logits", count, network.graph().classes(), logitGradient);
    if (scaleGradient.length != network.layout().size()) {
      throw new IllegalArgumentException(
          "Cannot write the gradient of "
              + network.layout().size()
              + " threshold scales into "
              + scaleGradient.length
              + " values.");
    }
    backward.run(logitGradient, count);
    backward.write(scales, scaleGradient);
  }

  @Override
  public OptionalLong convolutionNanos() {
    return OptionalLong.of(plan.convolutionNanos());
  }

  @Override
  public long bytes() {
    return plan.bytes() + forward.heapBytes();
  }

  @Override
  public void close() {
    plan.close();
  }
}
