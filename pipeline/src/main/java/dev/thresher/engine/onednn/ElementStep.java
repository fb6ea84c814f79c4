package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Ratios;
import dev.thresher.network.Combine;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The integer passes of a node without weights. Forward: real steps of the output, then its codes.
 * Backward: what passes the output's straight-through rule, to the inputs.
 */
abstract sealed class ElementStep implements IntegerStep
    permits PassThroughStep, AddStep, MeanStep, FlattenStep {
  private final Node node;
  private final int images;
  private final List<CodeTensor> in;
  private final CodeTensor out;
  private final Workspace work;
  private final float[] ratios;

  /**
   * What every one has.
   *
   * @param images at once
   */
  ElementStep(Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    this.node = node;
    this.images = images;
    this.in = in;
    this.out = out;
    this.work = work;
    this.ratios = new float[Ratios.count(node.operator())];
  }

  /** The step of a node. */
  static ElementStep of(
      Node node, int images, List<CodeTensor> in, CodeTensor out, Workspace work) {
    return node.operator()
        .accept(
            new Operator.FoldedVisitor<>() {
              @Override
              public ElementStep linear(Linear linear) {
                throw new IllegalArgumentException(node.name() + " has weights.");
              }

              @Override
              public ElementStep pointwise(Pointwise pointwise) {
                return pointwise.match(
                    identity -> new PassThroughStep(node, images, in, out, work));
              }

              @Override
              public ElementStep combine(Combine combine) {
                return combine.match(add -> new AddStep(node, images, in, out, work));
              }

              @Override
              public ElementStep reduce(Reduce reduce) {
                return reduce.match(mean -> new MeanStep(node, images, in, out, work));
              }

              @Override
              public ElementStep layout(Layout layout) {
                return layout.match(flatten -> new FlattenStep(node, images, in, out, work));
              }
            });
  }

  @Override
  public final Node node() {
    return node;
  }

  @Override
  public final CodeTensor out() {
    return out;
  }

  @Override
  public final List<CodeTensor> in() {
    return in;
  }

  @Override
  public final int images() {
    return images;
  }

  @Override
  public long heapBytes() {
    return 4L * ratios.length;
  }

  @Override
  public final void configure(IntegerNetwork network) {
    List<Float> given = network.ratios(node.name());
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = given.get(i);
    }
  }

  /** What the steps of an input are multiplied by to be steps of the output. */
  final float ratio(int input) {
    return ratios[input];
  }

  @Override
  public void forward(int firstImage) {
    ByteBuffer steps = work.accumulators().bytes();
    compute(firstImage, steps);
    out.write(steps, firstImage, elements());
  }

  /** Computes the output in steps. */
  abstract void compute(int firstImage, ByteBuffer steps);

  /**
   * Passes the gradient of some images to the inputs.
   *
   * @param output the gradient at the output
   * @param target the one buffer that all inputs get their gradient from
   * @param scratch of the output's size and more
   */
  void back(GradientTensor output, GradientBuffer target, ByteBuffer scratch, int firstImage) {
    output.pass(firstImage, images, target.bytes(), target.start(firstImage));
  }
}
