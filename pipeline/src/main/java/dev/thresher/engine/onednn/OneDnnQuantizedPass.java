package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ScaleLayout;

/** Integer forward of one network. */
final class OneDnnQuantizedPass implements QuantizedPass {
  private final IntegerNetwork network;
  private final int batch;
  private final Planned whole;
  private Planned single;

  /** A forward pass with the memory it owns. */
  private record Planned(NativePlan plan, IntegerForward forward) {
    static Planned of(IntegerNetwork network, int batch) {
      NativePlan plan = new NativePlan();
      try {
        IntegerForward forward = IntegerForward.codes(plan, network, batch);
        plan.seal();
        forward.configure(network);
        return new Planned(plan, forward);
      } catch (RuntimeException e) {
        plan.close();
        throw e;
      }
    }

    long bytes() {
      return plan.bytes() + forward.heapBytes();
    }
  }

  OneDnnQuantizedPass(IntegerNetwork network, int batch) {
    this.network = network;
    this.batch = batch;
    this.whole = Planned.of(network, batch);
  }

  @Override
  public void logits(float[] images, int count, float[] logits) {
    Chunks.check(network.graph(), count, batch, images, logits);
    whole.forward().run(images, 0, count);
    whole.forward().readLogits(count, logits);
  }

  /** Runs image by image, in a plan of its own where every tensor is that of one image. */
  @Override
  public void observe(float[] images, int count, Observer observer) {
    Chunks.check(network.graph(), count, batch, images);
    if (single == null) {
      single = Planned.of(network, 1);
    }
    for (int image = 0; image < count; image++) {
      single.forward().run(images, image, 1);
      show(image, observer);
    }
  }

  private void show(int image, Observer observer) {
    for (String name : ScaleLayout.quantizedTensors(network.graph())) {
      CodeTensor tensor = single.forward().tensor(name);
      byte[] codes = new byte[tensor.shape().size()];
      tensor.codes().get(0, codes);
      observer.observe(image, tensor.name(), codes, tensor.quantizer());
    }
  }

  @Override
  public long bytes() {
    return whole.bytes() + (single == null ? 0 : single.bytes());
  }

  @Override
  public void close() {
    whole.plan().close();
    if (single != null) {
      single.plan().close();
    }
  }
}
