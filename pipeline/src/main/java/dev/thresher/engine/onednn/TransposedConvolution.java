package dev.thresher.engine.onednn;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;

/**
 * Gradient of a weighted node's input: its integer weights, which bfloat16 holds exactly, against
 * the gradient of its output.
 */
final class TransposedConvolution {
  private final NativePlan plan;
  private final convolution_backward_data primitive;
  private final IntMemoryMap arguments;
  private final Packing packing;
  private final NativeBuffer packed;
  private final boolean readsBfloats;

  /** Reads the output's gradient from one buffer and writes the input's into another, float32. */
  TransposedConvolution(
      NativePlan plan,
      Geometry geometry,
      NativeBuffer plainWeights,
      NativeBuffer outputGradient,
      NativeBuffer inputGradient) {
    this.plan = plan;
    // With few channels in a group oneDNN's bfloat16 kernels are many times slower than float32.
    this.readsBfloats = Native.multipliesBfloats() && geometry.groups() == 1;
    var type = readsBfloats ? memory.data_type.bf16 : memory.data_type.f32;
    var description = description(plan, geometry, type);
    this.primitive = plan.own(new convolution_backward_data(description));
    memory.desc weights = plan.own(description.weights_desc());
    this.packed = plan.allocate(weights.get_size(), "weights");
    this.packing =
        new Packing(plan, geometry.plainWeights(memory.data_type.s8), plainWeights.at(0), weights);
    this.arguments = plan.own(new IntMemoryMap());
    add(dnnl.DNNL_ARG_DIFF_DST, geometry.destination(type), outputGradient);
    add(dnnl.DNNL_ARG_WEIGHTS, description.weights_desc(), packed);
    add(dnnl.DNNL_ARG_DIFF_SRC, geometry.source(memory.data_type.f32), inputGradient);
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  private static convolution_backward_data.primitive_desc description(
      NativePlan plan, Geometry geometry, memory.data_type type) {
    var hint =
        plan.own(
            new convolution_forward.primitive_desc(
                Native.processor(),
                dnnl.dnnl_forward_training,
                dnnl.dnnl_convolution_direct,
                plan.own(geometry.source(type)),
                plan.own(geometry.anyWeights(type)),
                plan.own(new memory.desc()),
                plan.own(geometry.destination(type)),
                geometry.strides(),
                geometry.dilations(),
                geometry.padsBefore(),
                geometry.padsAfter(),
                plan.attributes(),
                false));
    return plan.own(
        new convolution_backward_data.primitive_desc(
            Native.processor(),
            dnnl.dnnl_convolution_direct,
            plan.own(geometry.source(memory.data_type.f32)),
            plan.own(geometry.anyWeights(type)),
            plan.own(geometry.destination(type)),
            geometry.strides(),
            geometry.dilations(),
            geometry.padsBefore(),
            geometry.padsAfter(),
            hint,
            plan.attributes(),
            false));
  }

  private void add(int argument, memory.desc layout, NativeBuffer buffer) {
    arguments.put(
        argument, plan.own(new memory(plan.own(layout), Native.processor(), buffer.at(0))));
  }

  /** Whether the output's gradient is read as bfloat16; float32 otherwise. */
  boolean readsBfloats() {
    return readsBfloats;
  }

  /** Packs the codes that lie in the plain buffer. */
  void pack() {
    packing.pack(packed.at(0));
  }

  void run() {
    plan.execute(primitive, arguments);
  }
}
