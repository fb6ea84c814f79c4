package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.network.Node;
import java.nio.ByteBuffer;
import java.util.List;

/** The identity, on another grid. */
final class PassThroughStep extends ElementStep {
  PassThroughStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    super(node, images, in, out, work);
  }

  @Override
  void compute(int firstImage, ByteBuffer steps) {
    CodeTensor a = in().get(0);
    int zero = a.quantizer().zeroPoint();
    Requantization.rescale(a.codes(), a.start(firstImage), zero, ratio(0), steps, elements());
  }
}
