package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import java.nio.ByteBuffer;
import java.util.Arrays;
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
 * centres as it packs them. What biases need, the sum of the gradient over positions, is its
 * product with ones.
 */
final class WeightProduct implements WeightSum {
  private static final memory.data_type TYPE = Native.gradientType();

  /** What bytes become before they are multiplied. */
  private static final int MODE =
      Gradients.ARE_BFLOATS ? dnnl.dnnl_fpmath_mode_bf16 : dnnl.dnnl_fpmath_mode_strict;

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
  private final Optional<OutputSums> outputSums;
  private boolean isEmpty = true;

  /**
   * Prepares the primitives, if oneDNN multiplies gradients by bytes here, and fast.
   *
   * @param shifted whether zero may be another input code than 0
   * @param outputGradient what the output's gradient is read from
   * @param sumsOutputs whether it is summed, too
   */
  static Optional<WeightSum> of(
      NativePlan plan,
      Geometry geometry,
      CodeTensor in,
      boolean shifted,
      NativeBuffer outputGradient,
      boolean sumsOutputs) {
    if (!geometry.isPointwise()) {
      return Optional.empty();
    }
    var first = description(plan, geometry, attributes(plan, shifted));
    primitive_attr adding = attributes(plan, shifted);
    post_ops chain = plan.own(new post_ops());
    chain.append_sum(1f, 0, memory.data_type.f32);
    adding.set_post_ops(chain);
    var next = description(plan, geometry, adding);
    if (!isFast(first) || !isFast(next)) {
      return Optional.empty();
    }
    Optional<OutputSums> sums =
        sumsOutputs
            ? Optional.of(new OutputSums(plan, geometry, outputGradient))
            : Optional.empty();
    return Optional.of(
        new WeightProduct(plan, geometry, in, shifted, outputGradient, first, next, sums));
  }

  private static primitive_attr attributes(NativePlan plan, boolean shifted) {
    primitive_attr attributes = plan.attributes();
    attributes.set_fpmath_mode(MODE, true);
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
    return new memory.desc(extents, TYPE, memory.format_tag.ba);
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
      matmul.primitive_desc next,
      Optional<OutputSums> outputSums) {
    this.plan = plan;
    this.outputSums = outputSums;
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
    outputSums.ifPresent(OutputSums::clear);
    zeroPoint.bytes().putInt(0, in.quantizer().zeroPoint());
  }

  @Override
  public void run(int firstImage) {
    (isEmpty ? firstCodes : nextCodes).set_data_handle(in.address(firstImage));
    plan.execute(isEmpty ? first : next, isEmpty ? firstArguments : nextArguments);
    isEmpty = false;
    outputSums.ifPresent(OutputSums::run);
  }

  @Override
  public double outputSum(int filter) {
    return outputSums.orElseThrow().sums[filter];
  }

  @Override
  public ByteBuffer plain() {
    return sum.bytes();
  }

  /** The output's gradient, summed over positions and runs. */
  private static final class OutputSums {
    private final NativePlan plan;
    private final matmul product;
    private final IntMemoryMap arguments;
    private final NativeBuffer run;
    private final double[] sums;

    OutputSums(NativePlan plan, Geometry geometry, NativeBuffer outputGradient) {
      this.plan = plan;
      int positions = Math.toIntExact(positions(geometry));
      this.sums = new double[geometry.out().channels()];
      this.run = plan.elements(sums.length, Float.BYTES, "sums of gradients");
      NativeBuffer ones = plan.elements(positions, Gradients.BYTES, "ones");
      for (int i = 0; i < positions; i++) {
        Gradients.put(1f, ones.bytes(), i);
      }
      memory.desc row = matrix(1, positions, TYPE);
      memory.desc gradient = matrix(positions, sums.length, TYPE);
      memory.desc sum = matrix(1, sums.length, memory.data_type.f32);
      var description =
          plan.own(
              new matmul.primitive_desc(
                  Native.processor(), row, gradient, sum, plan.attributes(), false));
      this.product = plan.own(new matmul(description));
      this.arguments = plan.own(new IntMemoryMap());
      plan.bind(arguments, dnnl.DNNL_ARG_SRC, row, ones);
      plan.bind(arguments, dnnl.DNNL_ARG_WEIGHTS, gradient, outputGradient);
      plan.bind(arguments, dnnl.DNNL_ARG_DST, sum, run);
      plan.scratchpad(arguments, description.scratchpad_desc());
    }

    private static memory.desc matrix(long rows, long columns, memory.data_type type) {
      return new memory.desc(new long[] {rows, columns}, type, memory.format_tag.ab);
    }

    void clear() {
      Arrays.fill(sums, 0);
    }

    void run() {
      plan.execute(product, arguments);
      for (int k = 0; k < sums.length; k++) {
        sums[k] += run.bytes().getFloat(k * Float.BYTES);
      }
    }
  }
}
