package dev.thresher.engine.onednn;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.Pointer;

/**
 * A convolution of unsigned 8-bit codes with signed 8-bit weights and everything up to the output's
 * steps or codes in one primitive, bit for bit as the integers are defined:
 *
 * <pre>
 *   steps = ((float) acc + bias) * multiplier
 *   codes = clip(rint(steps)) + z
 * </pre>
 *
 * The bias is a whole number in float32 and the multiplier a post-op, because oneDNN's own scales
 * come before its bias; while neither accumulator nor bias passes 2^24, the sum is rounded once, as
 * that of the integers is. Rounding is a post-op, because oneDNN adds zero points before it rounds.
 */
final class FusedConvolution {
  /** Floats hold every integer up to here. */
  private static final int EXACT = 1 << 24;

  /** What the primitive writes. */
  sealed interface Output {
    /** Float32 steps, neither clipped nor rounded. */
    record Steps() implements Output {}

    /**
     * Codes.
     *
     * @param zeroPoint the integer that means zero
     * @param lower least integer
     * @param upper greatest integer
     */
    record Codes(int zeroPoint, int lower, int upper) implements Output {
      boolean clips() {
        return lower > 0 || upper < 255;
      }
    }
  }

  private final NativePlan plan;
  private final boolean shifts;
  private final boolean isFast;
  private final convolution_forward primitive;
  private final IntMemoryMap arguments;
  private final memory source;
  private final memory destination;
  private final Packing packing;
  private final NativeBuffer packed;
  private final NativeBuffer zeroPoint;
  private final NativeBuffer bias;
  private final NativeBuffer multipliers;

  /**
   * Prepares the primitive.
   *
   * @param shifted whether zero may be another input code than 0
   * @param plain receives weights in the graph's order before they are packed
   */
  FusedConvolution(
      NativePlan plan, Geometry geometry, boolean shifted, NativeBuffer plain, Output output) {
    this.plan = plan;
    this.shifts = shifted && geometry.isPadded();
    var description = description(plan, geometry, attributes(geometry, output), output);
    geometry.avoidBatchReduce(description);
    this.isFast = !description.impl_info_str().getString().startsWith("ref");
    this.primitive = plan.own(new convolution_forward(description));
    memory.desc weights = plan.own(description.weights_desc());
    int filters = geometry.out().channels();
    this.packed = plan.allocate(weights.get_size(), "weights");
    this.bias = plan.elements(filters, Float.BYTES, "biases");
    this.multipliers = plan.elements(filters, Float.BYTES, "multipliers");
    this.zeroPoint = plan.allocate(Integer.BYTES, "a zero point");
    this.packing =
        new Packing(plan, geometry.plainWeights(memory.data_type.s8), plain.at(0), weights);
    this.arguments = plan.own(new IntMemoryMap());
    this.source = plan.bind(arguments, dnnl.DNNL_ARG_SRC, description.src_desc(), plain);
    this.destination = plan.bind(arguments, dnnl.DNNL_ARG_DST, description.dst_desc(), plain);
    plan.bind(arguments, dnnl.DNNL_ARG_WEIGHTS, weights, packed);
    plan.bind(arguments, dnnl.DNNL_ARG_BIAS, biases(plan, filters), bias);
    plan.bind(
        arguments,
        dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | dnnl.DNNL_ARG_SRC_1,
        perFilter(plan, filters),
        multipliers);
    if (shifts) {
      plan.bind(
          arguments, dnnl.DNNL_ARG_ATTR_ZERO_POINTS | dnnl.DNNL_ARG_SRC, one(plan), zeroPoint);
    }
    if (output instanceof Output.Codes codes && codes.zeroPoint() != 0) {
      NativeBuffer shift = plan.allocate(Integer.BYTES, "a zero point");
      shift.bytes().putInt(0, codes.zeroPoint());
      plan.bind(arguments, dnnl.DNNL_ARG_ATTR_ZERO_POINTS | dnnl.DNNL_ARG_DST, one(plan), shift);
    }
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  private primitive_attr attributes(Geometry geometry, Output output) {
    primitive_attr attributes = plan.attributes();
    if (shifts) {
      attributes.set_zero_points_mask(dnnl.DNNL_ARG_SRC, 0);
    }
    post_ops chain = plan.own(new post_ops());
    chain.append_binary(dnnl.dnnl_binary_mul, perFilter(plan, geometry.out().channels()));
    if (output instanceof Output.Codes codes) {
      chain.append_eltwise(dnnl.dnnl_eltwise_round, 0f, 0f);
      if (codes.clips()) {
        chain.append_eltwise(
            dnnl.dnnl_eltwise_clip,
            codes.lower() - codes.zeroPoint(),
            codes.upper() - codes.zeroPoint());
      }
      if (codes.zeroPoint() != 0) {
        attributes.set_zero_points_mask(dnnl.DNNL_ARG_DST, 0);
      }
    }
    attributes.set_post_ops(chain);
    return attributes;
  }

  private static convolution_forward.primitive_desc description(
      NativePlan plan, Geometry geometry, primitive_attr attributes, Output output) {
    boolean writesCodes = output instanceof Output.Codes;
    return plan.own(
        new convolution_forward.primitive_desc(
            Native.processor(),
            dnnl.dnnl_forward_inference,
            dnnl.dnnl_convolution_direct,
            plan.own(geometry.source(memory.data_type.u8)),
            plan.own(geometry.anyWeights(memory.data_type.s8)),
            biases(plan, geometry.out().channels()),
            plan.own(
                geometry.destination(writesCodes ? memory.data_type.u8 : memory.data_type.f32)),
            geometry.strides(),
            geometry.dilations(),
            geometry.padsBefore(),
            geometry.padsAfter(),
            attributes,
            false));
  }

  private static memory.desc biases(NativePlan plan, int filters) {
    return plan.own(
        new memory.desc(new long[] {filters}, memory.data_type.f32, memory.format_tag.a));
  }

  private static memory.desc perFilter(NativePlan plan, int filters) {
    long[] extents = {1, filters, 1, 1};
    return plan.own(new memory.desc(extents, memory.data_type.f32, memory.format_tag.nchw));
  }

  private static memory.desc one(NativePlan plan) {
    return plan.own(new memory.desc(new long[] {1}, memory.data_type.s32, memory.format_tag.a));
  }

  /** Whether oneDNN has more for this than its slow reference. */
  boolean isFast() {
    return isFast;
  }

  /** Whether this convolution subtracts the zero point itself; otherwise the bias has to. */
  boolean subtractsZeroPoint() {
    return shifts;
  }

  /**
   * Whether weights and biases are within what is exact here.
   *
   * @param magnitudes greatest sum of magnitudes of a filter
   * @param bias per filter, what the zero point adds included
   */
  static boolean isExact(int magnitudes, int[] bias) {
    boolean exact = 255L * magnitudes <= EXACT;
    for (int each : bias) {
      exact &= Math.abs((long) each) <= EXACT;
    }
    return exact;
  }

  /** Packs the codes that lie in the plain buffer, and takes over the constants. */
  void load(int inputZeroPoint, int[] newBias, float[] newMultipliers) {
    packing.pack(packed.at(0));
    zeroPoint.bytes().putInt(0, inputZeroPoint);
    for (int k = 0; k < newBias.length; k++) {
      bias.put(k, newBias[k]);
      multipliers.put(k, newMultipliers[k]);
    }
  }

  void run(Pointer codes, Pointer out) {
    source.set_data_handle(codes);
    destination.set_data_handle(out);
    plan.execute(primitive, arguments);
  }
}
