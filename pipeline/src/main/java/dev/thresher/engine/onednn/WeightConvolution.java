package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import dev.thresher.engine.onednn.vector.WeightGradients;
import java.nio.ByteBuffer;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/** The sum of any node, as oneDNN's convolution: of centred codes in the gradients' type. */
final class WeightConvolution implements WeightSum {
  private static final memory.data_type TYPE = Native.gradientType();
  private static final memory.data_type FLOAT = memory.data_type.f32;

  private final NativePlan plan;
  private final CodeTensor in;
  private final int inputs;
  private final NativeBuffer values;
  private final NativeBuffer plain;
  private final convolution_backward_weights primitive;
  private final IntMemoryMap arguments;
  private final reorder unpacking;
  private final IntMemoryMap unpackingArguments;
  private final memory destination;
  private final NativeBuffer part;
  private final NativeBuffer sum;
  private final int packedCount;
  private final NativeBuffer outputs;
  private final double[] outputSums;
  private boolean isEmpty = true;

  /**
   * Prepares the primitive.
   *
   * @param values for the input's centred codes
   * @param outputGradient what the output's gradient is read from
   * @param parts for what one run gives
   * @param plain receives the sum in the graph's order
   * @param sumsOutputs whether the output's gradient is summed too, filter by filter
   */
  WeightConvolution(
      NativePlan plan,
      Geometry geometry,
      CodeTensor in,
      NativeBuffer values,
      NativeBuffer outputGradient,
      Parts parts,
      NativeBuffer plain,
      boolean sumsOutputs) {
    this.plan = plan;
    this.in = in;
    this.inputs = geometry.images() * geometry.in().size();
    this.values = values;
    this.plain = plain;
    int filters = geometry.out().channels();
    this.outputSums = new double[sumsOutputs ? filters : 0];
    memory.desc bias =
        plan.own(
            sumsOutputs
                ? new memory.desc(new long[] {filters}, FLOAT, memory.format_tag.a)
                : new memory.desc());
    var description = description(plan, geometry, bias);
    this.primitive = plan.own(new convolution_backward_weights(description));
    memory.desc packed = plan.own(description.diff_weights_desc());
    this.packedCount = (int) (packed.get_size() / Float.BYTES);
    this.sum = plan.allocate(packed.get_size(), "weight gradients");
    this.part = parts.atLeast(packed.get_size());
    this.arguments = plan.own(new IntMemoryMap());
    plan.bind(arguments, dnnl.DNNL_ARG_SRC, geometry.source(TYPE), values);
    plan.bind(arguments, dnnl.DNNL_ARG_DIFF_DST, geometry.destination(TYPE), outputGradient);
    this.destination = plan.bind(arguments, dnnl.DNNL_ARG_DIFF_WEIGHTS, packed, sum);
    this.outputs = plan.elements(filters, Float.BYTES, "sums of gradients");
    if (sumsOutputs) {
      plan.bind(arguments, dnnl.DNNL_ARG_DIFF_BIAS, bias, outputs);
    }
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
      NativePlan plan, Geometry geometry, memory.desc bias) {
    return plan.own(
        new convolution_backward_weights.primitive_desc(
            Native.processor(),
            dnnl.dnnl_convolution_direct,
            plan.own(geometry.source(TYPE)),
            plan.own(geometry.anyWeights(FLOAT)),
            bias,
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

  @Override
  public void clear() {
    isEmpty = true;
    java.util.Arrays.fill(outputSums, 0);
  }

  @Override
  public void run(int firstImage) {
    int zeroPoint = in.quantizer().zeroPoint();
    Gradients.centre(in.codes(), in.start(firstImage), zeroPoint, values.bytes(), inputs);
    destination.set_data_handle((isEmpty ? sum : part).at(0));
    plan.execute(primitive, arguments);
    if (!isEmpty) {
      WeightGradients.add(part.bytes(), sum.bytes(), packedCount);
    }
    isEmpty = false;
    for (int k = 0; k < outputSums.length; k++) {
      outputSums[k] += outputs.bytes().getFloat(k * Float.BYTES);
    }
  }

  @Override
  public double outputSum(int filter) {
    return outputSums[filter];
  }

  @Override
  public ByteBuffer plain() {
    plan.move(unpacking, unpackingArguments);
    return plain.bytes();
  }
}
