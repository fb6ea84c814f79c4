package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.network.Node;
import java.nio.ByteBuffer;
import java.util.List;

/** The sum of two tensors; both get the gradient of the sum. */
final class AddStep extends ElementStep {
  AddStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    super(node, images, in, out, work);
  }

  @Override
  void compute(int firstImage, ByteBuffer steps) {
    CodeTensor a = in().get(0);
    CodeTensor b = in().get(1);
    int za = a.quantizer().zeroPoint();
    int zb = b.quantizer().zeroPoint();
    Requantization.rescale(a.codes(), a.start(firstImage), za, ratio(0), steps, elements());
    Requantization.addRescaled(b.codes(), b.start(firstImage), zb, ratio(1), steps, elements());
  }
}
