package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.engine.onednn.vector.State;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.PassThrough;
import java.nio.FloatBuffer;
import java.util.List;

/** The integer forward pass of a node without weights: real steps of the output, then its codes. */
final class ElementStep implements IntegerStep {
  private final Node node;
  private final List<CodeTensor> in;
  private final CodeTensor out;
  private final Workspace work;
  private final float[] ratios;
  private final int[] sums;

  ElementStep(Node node, List<CodeTensor> in, CodeTensor out, Workspace work) {
    this.node = node;
    this.in = in;
    this.out = out;
    this.work = work;
    this.ratios = new float[in.size()];
    this.sums = new int[out.shape().channels()];
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public CodeTensor out() {
    return out;
  }

  List<CodeTensor> in() {
    return in;
  }

  @Override
  public long heapBytes() {
    return 4L * (ratios.length + sums.length);
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
  public void forward(int chunk) {
    if (node.operator() instanceof Flatten) {
      clamp(chunk);
      return;
    }
    FloatBuffer steps = work.accumulators().floats();
    if (node.operator() instanceof GlobalAveragePool) {
      pool(chunk, steps);
    } else if (node.operator() instanceof Add || node.operator() instanceof PassThrough) {
      combine(chunk, steps);
    } else {
      throw new AssertionError(node);
    }
    writeCodes(out, steps, chunk, work.blocks());
  }

  /** The same grid on both sides: what the activation leaves as it is passes its gradient on. */
  private void clamp(int chunk) {
    CodeTensor a = in.get(0);
    for (int i = 0; i < out.chunkSize(); i++) {
      int code = a.codes().get(a.start(chunk) + i) & 0xFF;
      int clamped = Math.min(Math.max(code, out.lower()), out.upper());
      out.codes().put(out.start(chunk) + i, (byte) clamped);
      if (out.keepsStates()) {
        out.states().put(out.start(chunk) + i, clamped == code ? State.EXACT : State.NOTHING);
      }
    }
  }

  private void combine(int chunk, FloatBuffer steps) {
    CodeTensor a = in.get(0);
    Blocks block = work.blocks();
    int n = out.chunkSize();
    int size = Blocks.size(out.shape().channels());
    for (int at = 0; at < n; at += size) {
      int length = Math.min(size, n - at);
      a.codes().get(a.start(chunk) + at, block.bytes, 0, length);
      int za = a.quantizer().zeroPoint();
      Requantization.rescale(block.bytes, za, ratios[0], block.floats, length);
      if (in.size() == 2) {
        CodeTensor b = in.get(1);
        b.codes().get(b.start(chunk) + at, block.bytes, 0, length);
        int zb = b.quantizer().zeroPoint();
        Requantization.addRescaled(block.bytes, zb, ratios[1], block.floats, length);
      }
      steps.put(at, block.floats, 0, length);
    }
  }

  private void pool(int chunk, FloatBuffer steps) {
    CodeTensor a = in.get(0);
    int channels = a.shape().channels();
    int positions = a.shape().positions();
    int zero = positions * a.quantizer().zeroPoint();
    for (int image = 0; image < out.chunkSize() / channels; image++) {
      java.util.Arrays.fill(sums, -zero);
      int start = a.start(chunk) + image * channels * positions;
      for (int p = 0; p < positions; p++) {
        for (int c = 0; c < channels; c++) {
          sums[c] += a.codes().get(start + p * channels + c) & 0xFF;
        }
      }
      for (int c = 0; c < channels; c++) {
        steps.put(image * channels + c, sums[c] * ratios[0]);
      }
    }
  }

  /** Rounds real steps to the output's codes. */
  static void writeCodes(CodeTensor out, FloatBuffer steps, int chunk, Blocks block) {
    int n = out.chunkSize();
    int size = Blocks.size(out.shape().channels());
    for (int at = 0; at < n; at += size) {
      int length = Math.min(size, n - at);
      steps.get(at, block.floats, 0, length);
      out.write(chunk, at, block, length);
    }
  }
}
