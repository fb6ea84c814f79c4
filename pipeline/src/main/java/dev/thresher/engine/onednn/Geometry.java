package dev.thresher.engine.onednn;

import dev.thresher.network.Linear;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;

/**
 * A weighted node as oneDNN sees it: always a convolution. A fully connected layer is one whose
 * kernel covers its input.
 *
 * @param images images at once
 * @param in extents of an input image
 * @param out extents of an output image
 * @param window how the kernel moves
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 * @param groups groups of channels
 */
record Geometry(
    int images,
    FeatureShape in,
    FeatureShape out,
    Window window,
    int kernelHeight,
    int kernelWidth,
    int groups) {
  static Geometry of(Linear operator, FeatureShape in, FeatureShape out, int images) {
    return operator.match(
        conv ->
            new Geometry(
                images,
                in,
                out,
                conv.window(),
                conv.kernelHeight(),
                conv.kernelWidth(),
                conv.groups()),
        dense -> new Geometry(images, in, out, Window.UNIT, in.height(), in.width(), 1));
  }

  /** One filter for each channel. */
  boolean isDepthwise() {
    return groups > 1 && groups == in.channels() && groups == out.channels();
  }

  /** Every output position sees one input position, its own. */
  boolean isPointwise() {
    boolean isStill = window.strideHeight() == 1 && window.strideWidth() == 1;
    return groups == 1 && kernelHeight == 1 && kernelWidth == 1 && isStill && !isPadded();
  }

  boolean isPadded() {
    return Math.max(window.padTop(), window.padBottom()) > 0
        || Math.max(window.padLeft(), window.padRight()) > 0;
  }

  /**
   * Goes to an implementation that is right for bytes. oneDNN 3.11's brg_conv_fwd is in every
   * mobile network; but where windows are dilated, move by two different strides or can lie in the
   * padding entirely it may, most of all with AMX, read outside its buffers or read the wrong
   * inputs. Its other implementations do not.
   */
  void avoidBatchReduce(convolution_forward.primitive_desc description) {
    while (isUnusual() && description.impl_info_str().getString().startsWith("brg")) {
      if (!description.next_impl()) {
        throw new IllegalArgumentException("Cannot convolve: oneDNN offers nothing for " + this);
      }
    }
  }

  private boolean isUnusual() {
    return window.strideHeight() != window.strideWidth()
        || Math.max(window.dilationHeight(), window.dilationWidth()) > 1
        || Math.max(window.padTop(), window.padBottom()) >= kernelHeight
        || Math.max(window.padLeft(), window.padRight()) >= kernelWidth;
  }

  memory.desc source(memory.data_type type) {
    return rows(type, in);
  }

  memory.desc destination(memory.data_type type) {
    return rows(type, out);
  }

  private memory.desc rows(memory.data_type type, FeatureShape shape) {
    long[] extents = {images, shape.channels(), shape.height(), shape.width()};
    return new memory.desc(extents, type, memory.format_tag.nhwc);
  }

  /** Weights in the graph's order. */
  memory.desc plainWeights(memory.data_type type) {
    return weights(type, groups > 1 ? memory.format_tag.goihw : memory.format_tag.oihw);
  }

  /** Weights in the order that a primitive likes. */
  memory.desc anyWeights(memory.data_type type) {
    return weights(type, memory.format_tag.any);
  }

  private memory.desc weights(memory.data_type type, memory.format_tag order) {
    long filters = out.channels();
    long channels = in.channels();
    long[] extents =
        groups > 1
            ? new long[] {groups, filters / groups, channels / groups, kernelHeight, kernelWidth}
            : new long[] {filters, channels, kernelHeight, kernelWidth};
    return new memory.desc(extents, type, order);
  }

  /** The forward pass that a backward primitive wants to hear of. */
  convolution_forward.primitive_desc trainingHint(NativePlan plan, memory.data_type type) {
    return plan.own(
        new convolution_forward.primitive_desc(
            Native.processor(),
            dnnl.dnnl_forward_training,
            dnnl.dnnl_convolution_direct,
            plan.own(source(type)),
            plan.own(anyWeights(type)),
            plan.own(new memory.desc()),
            plan.own(destination(type)),
            strides(),
            dilations(),
            padsBefore(),
            padsAfter(),
            plan.attributes(),
            false));
  }

  int weightCount() {
    return out.channels() * filterSize();
  }

  int filterSize() {
    return in.channels() / groups * kernelHeight * kernelWidth;
  }

  long[] strides() {
    return new long[] {window.strideHeight(), window.strideWidth()};
  }

  /** OneDNN counts the taps left out between two, not the distance. */
  long[] dilations() {
    return new long[] {window.dilationHeight() - 1, window.dilationWidth() - 1};
  }

  long[] padsBefore() {
    return new long[] {window.padTop(), window.padLeft()};
  }

  long[] padsAfter() {
    return new long[] {window.padBottom(), window.padRight()};
  }
}
