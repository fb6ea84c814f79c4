package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/**
 * The sum of a node without windows, as a product of matrices: the output's gradient, [filters,
 * positions of all images], by the input, [positions, channels], which oneDNN takes as codes and
 * centres as it packs them.
 */
final class WeightProduct implements WeightSum {
  private final NativePlan plan;
  private final CodeTensor in;
  private final matmul first;
  private final matmul next;
  private final IntMemoryMap firstArguments;
  private final IntMemoryMap nextArguments;
  private final memory firstCodes;
  private final memory nextCodes;
  private final NativeBuffer zeroPoint;
  private final NativeBuffer sum;
  private boolean isEmpty = true;

  /**
   * Prepares the primitives, if oneDNN multiplies bfloat16 by bytes here.
   *
   * @param shifted whether zero may be another input code than 0
   * @param outputGradient what the output's gradient is read from
   */
  static Optional<WeightSum> of(
      NativePlan plan,
      Geometry geometry,
      CodeTensor in,
      boolean shifted,
      NativeBuffer outputGradient) {
    if (!Gradients.ARE_BFLOATS || !geometry.isPointwise()) {
      return Optional.empty();
    }
    var first = description(plan, geometry, attributes(plan, shifted));
    primitive_attr adding = attributes(plan, shifted);
    post_ops chain = plan.own(new post_ops());
    chain.append_sum(1f, 0, memory.data_type.f32);
    adding.set_post_ops(chain);
    var next = description(plan, geometry, adding);
    return isFast(first) && isFast(next)
        ? Optional.of(new WeightProduct(plan, geometry, in, shifted, outputGradient, first, next))
        : Optional.empty();
  }

  private static primitive_attr attributes(NativePlan plan, boolean shifted) {
    primitive_attr attributes = plan.attributes();
    attributes.set_fpmath_mode(dnnl.dnnl_fpmath_mode_bf16, true);
    if (shifted) {
      attributes.set_zero_points_mask(dnnl.DNNL_ARG_WEIGHTS, 0);
    }
    return attributes;
  }

  private static matmul.primitive_desc description(
      NativePlan plan, Geometry geometry, primitive_attr attributes) {
    return plan.own(
        new matmul.primitive_desc(
            Native.processor(),
            plan.own(gradient(geometry)),
            plan.own(codes(geometry)),
            plan.own(weights(geometry)),
            attributes,
            true));
  }

  private static boolean isFast(matmul.primitive_desc description) {
    return description.get(true) != null
        && description.impl_info_str().getString().startsWith("brg");
  }

  private static long positions(Geometry geometry) {
    return (long) geometry.images() * geometry.out().positions();
  }

  private static memory.desc gradient(Geometry geometry) {
    long[] extents = {geometry.out().channels(), positions(geometry)};
    return new memory.desc(extents, memory.data_type.bf16, memory.format_tag.ba);
  }

  private static memory.desc codes(Geometry geometry) {
    long[] extents = {positions(geometry), geometry.in().channels()};
    return new memory.desc(extents, memory.data_type.u8, memory.format_tag.ab);
  }

  private static memory.desc weights(Geometry geometry) {
    long[] extents = {geometry.out().channels(), geometry.in().channels()};
    return new memory.desc(extents, memory.data_type.f32, memory.format_tag.ab);
  }

  private WeightProduct(
      NativePlan plan,
      Geometry geometry,
      CodeTensor in,
      boolean shifted,
      NativeBuffer outputGradient,
      matmul.primitive_desc first,
      matmul.primitive_desc next) {
    this.plan = plan;
    this.in = in;
    this.first = plan.own(new matmul(first));
    this.next = plan.own(new matmul(next));
    this.sum = plan.elements(geometry.weightCount(), Float.BYTES, "weight gradients");
    this.zeroPoint = plan.allocate(Integer.BYTES, "a zero point");
    this.firstArguments = plan.own(new IntMemoryMap());
    this.nextArguments = plan.own(new IntMemoryMap());
    this.firstCodes = bind(firstArguments, geometry, shifted, outputGradient);
    this.nextCodes = bind(nextArguments, geometry, shifted, outputGradient);
    plan.scratchpad(firstArguments, first.scratchpad_desc());
    plan.scratchpad(nextArguments, next.scratchpad_desc());
  }

  private memory bind(
      IntMemoryMap arguments, Geometry geometry, boolean shifted, NativeBuffer outputGradient) {
    plan.bind(arguments, dnnl.DNNL_ARG_SRC, gradient(geometry), outputGradient);
    plan.bind(arguments, dnnl.DNNL_ARG_DST, weights(geometry), sum);
    if (shifted) {
      int argument = dnnl.DNNL_ARG_ATTR_ZERO_POINTS | dnnl.DNNL_ARG_WEIGHTS;
      long[] one = {1};
      memory.desc layout = new memory.desc(one, memory.data_type.s32, memory.format_tag.a);
      plan.bind(arguments, argument, layout, zeroPoint);
    }
    return plan.bind(arguments, dnnl.DNNL_ARG_WEIGHTS, codes(geometry), sum);
  }

  @Override
  public void clear() {
    isEmpty = true;
    zeroPoint.bytes().putInt(0, in.quantizer().zeroPoint());
  }

  @Override
  public void run(int firstImage) {
    (isEmpty ? firstCodes : nextCodes).set_data_handle(in.address(firstImage));
    plan.execute(isEmpty ? first : next, isEmpty ? firstArguments : nextArguments);
    isEmpty = false;
  }

  /** Not gathered here: it would be another pass over the gradient. */
  @Override
  public double outputSum(int filter) {
    throw new UnsupportedOperationException("A product sums weights' gradients only.");
  }

  @Override
  public ByteBuffer plain() {
    return sum.bytes();
  }
}
