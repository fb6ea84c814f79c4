package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ScaleLayout;

/** Integer forward of one network, a few images at a time. */
final class OneDnnQuantizedPass implements QuantizedPass {
  private final IntegerNetwork network;
  private final int batch;
  private final NativePlan plan = new NativePlan();
  private final IntegerForward forward;

  OneDnnQuantizedPass(IntegerNetwork network, int batch) {
    this.network = network;
    this.batch = batch;
    try {
      this.forward = IntegerForward.codes(plan, network, batch);
      plan.seal();
      forward.configure(network);
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  @Override
  public void logits(float[] images, int count, float[] logits) {
    Chunks.check(network.graph(), count, batch, images, logits);
    for (int first = 0; first < count; first += forward.room()) {
      int used = Math.min(forward.room(), count - first);
      forward.run(images, first, used);
      forward.readLogits(first, used, logits);
    }
  }

  @Override
  public void observe(float[] images, int count, Observer observer) {
    Chunks.check(network.graph(), count, batch, images);
    for (int first = 0; first < count; first += forward.room()) {
      int used = Math.min(forward.room(), count - first);
      forward.run(images, first, used);
      for (int image = 0; image < used; image++) {
        show(first + image, image, observer);
      }
    }
  }

  private void show(int image, int place, Observer observer) {
    for (String name : ScaleLayout.quantizedTensors(network.graph())) {
      CodeTensor tensor = forward.tensor(name);
      byte[] codes = new byte[tensor.shape().size()];
      tensor.codes().get(tensor.start(place), codes);
      observer.observe(image, tensor.name(), codes, tensor.quantizer());
    }
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
