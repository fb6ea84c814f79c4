package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import dev.thresher.network.Node;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The mean of all positions; its gradient goes to every position alike. */
final class MeanStep extends ElementStep {
  private final int[] sums;
  private final byte[] row;

  MeanStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    super(node, images, in, out, work);
    this.sums = new int[out.shape().channels()];
    this.row = new byte[sums.length];
  }

  @Override
  public long heapBytes() {
    return super.heapBytes() + 5L * sums.length;
  }

  @Override
  void compute(int firstImage, ByteBuffer steps) {
    CodeTensor a = in().get(0);
    int channels = a.shape().channels();
    int positions = a.shape().positions();
    int start = a.start(firstImage);
    int zero = positions * a.quantizer().zeroPoint();
    for (int image = 0; image < images(); image++) {
      Arrays.fill(sums, -zero);
      for (int p = 0; p < positions; p++) {
        a.codes().get(start + (image * positions + p) * channels, row);
        for (int c = 0; c < channels; c++) {
          sums[c] += row[c] & 0xFF;
        }
      }
      for (int c = 0; c < channels; c++) {
        steps.putFloat((image * channels + c) * Float.BYTES, sums[c] * ratio(0));
      }
    }
  }

  @Override
  void back(GradientTensor output, GradientBuffer target, ByteBuffer scratch, int firstImage) {
    output.pass(firstImage, images(), scratch, 0);
    int channels = in().get(0).shape().channels();
    int positions = in().get(0).shape().positions();
    for (int i = 0; i < images(); i++) {
      int start = target.start(firstImage) + i * positions * channels;
      for (int c = 0; c < channels; c++) {
        float share = Gradients.get(scratch, i * channels + c) / positions;
        Gradients.put(share, target.bytes(), start + c);
      }
      for (int p = 1; p < positions; p++) {
        int to = (start + p * channels) * Gradients.BYTES;
        int from = start * Gradients.BYTES;
        target.bytes().put(to, target.bytes(), from, channels * Gradients.BYTES);
      }
    }
  }
}
