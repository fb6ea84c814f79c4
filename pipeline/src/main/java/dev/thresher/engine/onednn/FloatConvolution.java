package dev.thresher.engine.onednn;

import dev.thresher.network.Activation;
import dev.thresher.network.Linear;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** A weighted node in float32: convolution, bias, clamp. */
final class FloatConvolution {
  private static final memory.data_type FLOAT = memory.data_type.f32;

  private final NativePlan plan;
  private final convolution_forward primitive;
  private final IntMemoryMap arguments;
  private final Packing packing;
  private final NativeBuffer packed;

  FloatConvolution(
      NativePlan plan,
      Geometry geometry,
      Linear operator,
      Activation activation,
      NativeBuffer in,
      NativeBuffer out,
      NativeBuffer plain) {
    this.plan = plan;
    var description =
        plan.own(
            new convolution_forward.primitive_desc(
                Native.processor(),
                dnnl.dnnl_forward_inference,
                dnnl.dnnl_convolution_direct,
                plan.own(geometry.source(FLOAT)),
                plan.own(geometry.anyWeights(FLOAT)),
                bias(plan, geometry),
                plan.own(geometry.destination(FLOAT)),
                geometry.strides(),
                geometry.dilations(),
                geometry.padsBefore(),
                geometry.padsAfter(),
                attributes(plan, activation),
                false));
    this.primitive = plan.own(new convolution_forward(description));
    memory.desc weights = plan.own(description.weights_desc());
    this.packed = plan.allocate(weights.get_size(), "weights");
    this.packing = new Packing(plan, geometry.plainWeights(FLOAT), plain.at(0), weights);
    this.arguments = plan.own(new IntMemoryMap());
    NativeBuffer biases = plan.elements(operator.filters(), Float.BYTES, "biases");
    biases.put(operator.bias().values());
    plan.bind(arguments, dnnl.DNNL_ARG_SRC, geometry.source(FLOAT), in);
    plan.bind(arguments, dnnl.DNNL_ARG_WEIGHTS, description.weights_desc(), packed);
    plan.bind(arguments, dnnl.DNNL_ARG_BIAS, bias(plan, geometry), biases);
    plan.bind(arguments, dnnl.DNNL_ARG_DST, geometry.destination(FLOAT), out);
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  private static memory.desc bias(NativePlan plan, Geometry geometry) {
    long[] extents = {geometry.out().channels()};
    return plan.own(new memory.desc(extents, FLOAT, memory.format_tag.a));
  }

  private static primitive_attr attributes(NativePlan plan, Activation activation) {
    primitive_attr attributes = plan.attributes();
    if (!activation.isNone()) {
      post_ops clamp = plan.own(new post_ops());
      if (activation.upper() == Float.POSITIVE_INFINITY && activation.lower() == 0) {
        clamp.append_eltwise(dnnl.dnnl_eltwise_relu, 0f, 0f);
      } else {
        clamp.append_eltwise(dnnl.dnnl_eltwise_clip_v2, activation.lower(), activation.upper());
      }
      attributes.set_post_ops(clamp);
    }
    return attributes;
  }

  /** Packs the weights; once the plan is sealed. */
  void load(Linear operator, NativeBuffer plain) {
    plain.put(operator.weights().values());
    packing.pack(packed.at(0));
  }

  void run() {
    plan.execute(primitive, arguments);
  }
}
