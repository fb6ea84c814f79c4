package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.engine.onednn.vector.State;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.PassThrough;
import java.nio.ByteBuffer;
import java.util.List;

/** The integer forward pass of a node without weights: real steps of the output, then its codes. */
final class ElementStep implements IntegerStep {
  private final Node node;
  private final int images;
  private final List<CodeTensor> in;
  private final CodeTensor out;
  private final Workspace work;
  private final float[] ratios;
  private final int[] sums;
  private final byte[] row;

  ElementStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    this.node = node;
    this.images = images;
    this.in = in;
    this.out = out;
    this.work = work;
    this.ratios = new float[in.size()];
    this.sums = new int[out.shape().channels()];
    this.row = new byte[sums.length];
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public CodeTensor out() {
    return out;
  }

  @Override
  public List<CodeTensor> in() {
    return in;
  }

  @Override
  public int images() {
    return images;
  }

  @Override
  public long heapBytes() {
    return 4L * ratios.length + 5L * sums.length;
  }

  @Override
  public void configure(IntegerNetwork network) {
    double scale = out.quantizer().scale();
    if (node.operator() instanceof GlobalAveragePool) {
      scale *= in.get(0).shape().positions();
    }
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = (float) (in.get(i).quantizer().scale() / scale);
    }
  }

  @Override
  public void forward(int firstImage) {
    if (node.operator() instanceof Flatten) {
      clamp(firstImage);
      return;
    }
    ByteBuffer steps = work.accumulators().bytes();
    if (node.operator() instanceof GlobalAveragePool) {
      pool(firstImage, steps);
    } else if (node.operator() instanceof Add || node.operator() instanceof PassThrough) {
      combine(firstImage, steps);
    } else {
      throw new AssertionError(node);
    }
    out.write(steps, firstImage, elements());
  }

  /** The same grid on both sides: what the activation leaves as it is passes its gradient on. */
  private void clamp(int firstImage) {
    CodeTensor a = in.get(0);
    for (int i = 0; i < elements(); i++) {
      int code = a.codes().get(a.start(firstImage) + i) & 0xFF;
      int clamped = Math.min(Math.max(code, out.lower()), out.upper());
      out.codes().put(out.start(firstImage) + i, (byte) clamped);
      if (out.keepsStates()) {
        byte state = clamped == code ? State.EXACT : clamped > code ? State.BELOW : State.ABOVE;
        out.states().put(out.start(firstImage) + i, state);
      }
    }
  }

  private void combine(int firstImage, ByteBuffer steps) {
    CodeTensor a = in.get(0);
    int za = a.quantizer().zeroPoint();
    Requantization.rescale(a.codes(), a.start(firstImage), za, ratios[0], steps, elements());
    if (in.size() == 2) {
      CodeTensor b = in.get(1);
      int zb = b.quantizer().zeroPoint();
      Requantization.addRescaled(b.codes(), b.start(firstImage), zb, ratios[1], steps, elements());
    }
  }

  private void pool(int firstImage, ByteBuffer steps) {
    CodeTensor a = in.get(0);
    int channels = a.shape().channels();
    int positions = a.shape().positions();
    int start = a.start(firstImage);
    int zero = positions * a.quantizer().zeroPoint();
    for (int image = 0; image < images; image++) {
      java.util.Arrays.fill(sums, -zero);
      for (int p = 0; p < positions; p++) {
        a.codes().get(start + (image * positions + p) * channels, row);
        for (int c = 0; c < channels; c++) {
          sums[c] += row[c] & 0xFF;
        }
      }
      for (int c = 0; c < channels; c++) {
        steps.putFloat((image * channels + c) * Float.BYTES, sums[c] * ratios[0]);
      }
    }
  }
}
