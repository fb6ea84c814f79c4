package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ScaleLayout;

/** Integer forward of one network, chunk by chunk. */
final class OneDnnQuantizedPass implements QuantizedPass {
  private final IntegerNetwork network;
  private final int batch;
  private final NativePlan plan = new NativePlan();
  private final IntegerForward forward;

  OneDnnQuantizedPass(IntegerNetwork network, int batch) {
    this.network = network;
    this.batch = batch;
    int chunk = Chunks.size(network.graph(), batch);
    try {
      this.forward =
          new IntegerForward(plan, network.network(), batch, chunk, CodeTensor.Keep.CODES);
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
    for (int first = 0; first < count; first += forward.chunk()) {
      forward.run(images, first, count, 0);
      forward.readLogits(0, first, count, logits);
    }
  }

  @Override
  public void observe(float[] images, int count, Observer observer) {
    Chunks.check(network.graph(), count, batch, images);
    for (int first = 0; first < count; first += forward.chunk()) {
      forward.run(images, first, count, 0);
      for (int image = first; image < Math.min(count, first + forward.chunk()); image++) {
        show(image, image - first, observer);
      }
    }
  }

  private void show(int image, int place, Observer observer) {
    for (String name : ScaleLayout.quantizedTensors(network.graph())) {
      CodeTensor tensor = forward.tensor(name);
      byte[] codes = new byte[tensor.shape().size()];
      tensor.codes().get(place * codes.length, codes);
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
