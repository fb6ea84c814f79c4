package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import java.nio.ByteBuffer;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;

/** Gradient of a weighted node's input: its dequantized weights against its output's gradient. */
final class TransposedConvolution {
  private static final memory.data_type TYPE = Native.gradientType();

  private final NativePlan plan;
  private final int filterSize;
  private final NativeBuffer plain;
  private final convolution_backward_data primitive;
  private final IntMemoryMap arguments;
  private final Packing packing;
  private final NativeBuffer packed;
  private final memory inputGradient;

  /**
   * Prepares the primitive.
   *
   * @param plain for weights in the graph's order, about to be packed
   * @param outputGradient what the output's gradient is read from
   */
  TransposedConvolution(
      NativePlan plan, Geometry geometry, NativeBuffer plain, NativeBuffer outputGradient) {
    this.plan = plan;
    this.filterSize = geometry.filterSize();
    this.plain = plain;
    var description = preferred(plan, geometry);
    this.primitive = plan.own(new convolution_backward_data(description));
    memory.desc weights = plan.own(description.weights_desc());
    this.packed = plan.allocate(weights.get_size(), "weights");
    this.packing = new Packing(plan, geometry.plainWeights(TYPE), plain.at(0), weights);
    this.arguments = plan.own(new IntMemoryMap());
    plan.bind(arguments, dnnl.DNNL_ARG_DIFF_DST, geometry.destination(TYPE), outputGradient);
    plan.bind(arguments, dnnl.DNNL_ARG_WEIGHTS, description.weights_desc(), packed);
    this.inputGradient =
        plan.bind(arguments, dnnl.DNNL_ARG_DIFF_SRC, geometry.source(TYPE), outputGradient);
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  /** With strides, oneDNN offers implementations first that take many times as long. */
  private static convolution_backward_data.primitive_desc preferred(
      NativePlan plan, Geometry geometry) {
    var description = description(plan, geometry);
    if (!geometry.isDepthwise()) {
      return description;
    }
    while (!description.impl_info_str().getString().startsWith("jit_dw")) {
      if (!description.next_impl()) {
        return description(plan, geometry);
      }
    }
    return description;
  }

  private static convolution_backward_data.primitive_desc description(
      NativePlan plan, Geometry geometry) {
    return plan.own(
        new convolution_backward_data.primitive_desc(
            Native.processor(),
            dnnl.dnnl_convolution_direct,
            plan.own(geometry.source(TYPE)),
            plan.own(geometry.anyWeights(TYPE)),
            plan.own(geometry.destination(TYPE)),
            geometry.strides(),
            geometry.dilations(),
            geometry.padsBefore(),
            geometry.padsAfter(),
            geometry.trainingHint(plan, TYPE),
            plan.attributes(),
            false));
  }

  /**
   * Takes over weights.
   *
   * @param codes in the graph's order
   * @param scales real value of a step, per filter
   */
  void pack(ByteBuffer codes, float[] scales) {
    for (int k = 0; k < scales.length; k++) {
      Gradients.scale(codes, k * filterSize, scales[k], plain.bytes(), filterSize);
    }
    packing.pack(packed.at(0));
  }

  /** Writes the input's gradient. */
  void run(Pointer to) {
    inputGradient.set_data_handle(to);
    plan.execute(primitive, arguments);
  }
}
