package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.State;
import dev.thresher.network.Node;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A Flatten with an activation, which is all that it does to the bytes. The same grid on both
 * sides: what the activation leaves as it is passes its gradient on.
 */
final class FlattenStep extends ElementStep {
  FlattenStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    super(node, images, in, out, work);
  }

  @Override
  public void forward(int firstImage) {
    CodeTensor a = in().get(0);
    CodeTensor y = out();
    for (int i = 0; i < elements(); i++) {
      int code = a.codes().get(a.start(firstImage) + i) & 0xFF;
      int clamped = Math.min(Math.max(code, y.lower()), y.upper());
      y.codes().put(y.start(firstImage) + i, (byte) clamped);
      if (y.keepsStates()) {
        byte state = clamped == code ? State.EXACT : clamped > code ? State.BELOW : State.ABOVE;
        y.states().put(y.start(firstImage) + i, state);
      }
    }
  }

  @Override
  void compute(int firstImage, ByteBuffer steps) {
    throw new IllegalStateException("its integers are its input's, not rounded from steps");
  }
}
