package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.WeightGradients;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/** Gradient of a weighted node's weights, summed over the images of several runs. */
final class WeightConvolution {
  private static final memory.data_type TYPE = Native.gradientType();
  private static final memory.data_type FLOAT = memory.data_type.f32;

  private final NativePlan plan;
  private final convolution_backward_weights primitive;
  private final IntMemoryMap arguments;
  private final reorder unpacking;
  private final IntMemoryMap unpackingArguments;
  private final memory destination;
  private final NativeBuffer part;
  private final NativeBuffer sum;
  private final int packedCount;
  private boolean isEmpty = true;

  /**
   * Prepares the primitive.
   *
   * @param values what the input's centred codes are read from
   * @param outputGradient what the output's gradient is read from
   * @param parts for what one run gives
   * @param plain receives the sum in the graph's order
   */
  WeightConvolution(
      NativePlan plan,
      Geometry geometry,
      NativeBuffer values,
      NativeBuffer outputGradient,
      Parts parts,
      NativeBuffer plain) {
    this.plan = plan;
    var description = description(plan, geometry);
    this.primitive = plan.own(new convolution_backward_weights(description));
    memory.desc packed = plan.own(description.diff_weights_desc());
    this.packedCount = (int) (packed.get_size() / Float.BYTES);
    this.sum = plan.allocate(packed.get_size(), "weight gradients");
    this.part = parts.atLeast(packed.get_size());
    this.arguments = plan.own(new IntMemoryMap());
    plan.bind(arguments, dnnl.DNNL_ARG_SRC, geometry.source(TYPE), values);
    plan.bind(arguments, dnnl.DNNL_ARG_DIFF_DST, geometry.destination(TYPE), outputGradient);
    this.destination = plan.bind(arguments, dnnl.DNNL_ARG_DIFF_WEIGHTS, packed, sum);
    plan.scratchpad(arguments, description.scratchpad_desc());
    memory.desc order = plan.own(geometry.plainWeights(FLOAT));
    var copying =
        plan.own(
            new reorder.primitive_desc(
                Native.processor(), packed, Native.processor(), order, plan.attributes(), false));
    this.unpacking = plan.own(new reorder(copying));
    this.unpackingArguments = plan.own(new IntMemoryMap());
    plan.bind(unpackingArguments, dnnl.DNNL_ARG_FROM, packed, sum);
    plan.bind(unpackingArguments, dnnl.DNNL_ARG_TO, order, plain);
    plan.scratchpad(unpackingArguments, copying.scratchpad_desc());
  }

  private static convolution_backward_weights.primitive_desc description(
      NativePlan plan, Geometry geometry) {
    return plan.own(
        new convolution_backward_weights.primitive_desc(
            Native.processor(),
            dnnl.dnnl_convolution_direct,
            plan.own(geometry.source(TYPE)),
            plan.own(geometry.anyWeights(FLOAT)),
            plan.own(geometry.destination(TYPE)),
            geometry.strides(),
            geometry.dilations(),
            geometry.padsBefore(),
            geometry.padsAfter(),
            geometry.trainingHint(plan, TYPE),
            plan.attributes(),
            false));
  }

  /** A buffer that the nodes of a plan use one after the other. */
  static final class Parts {
    private final NativePlan plan;
    private NativeBuffer buffer;
    private long size = -1;

    Parts(NativePlan plan) {
      this.plan = plan;
    }

    NativeBuffer atLeast(long wanted) {
      if (wanted > size) {
        size = wanted;
        buffer = plan.allocate(size, "weight gradients");
      }
      return buffer;
    }
  }

  void clear() {
    isEmpty = true;
  }

  /** Adds the images whose values and gradients lie in the buffers. */
  void run() {
    destination.set_data_handle((isEmpty ? sum : part).at(0));
    plan.execute(primitive, arguments);
    if (!isEmpty) {
      WeightGradients.add(part.bytes(), sum.bytes(), packedCount);
    }
    isEmpty = false;
  }

  /** Writes the sum to the plain buffer. */
  void unpack() {
    plan.move(unpacking, unpackingArguments);
  }
}
