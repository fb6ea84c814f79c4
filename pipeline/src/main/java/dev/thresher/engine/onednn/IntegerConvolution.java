package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Requantization;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;

/**
 * An exact convolution of unsigned 8-bit codes with signed 8-bit weights into int32.
 *
 * <p>oneDNN passes accumulators through float32 and, without VNNI, sums pairs of products in 16
 * bits. Where either could lose a bit, the weights are cut into parts that cannot, each convolved
 * by itself: ranges of taps whose products stay within 2^24, and halves whose pairs of products
 * stay within 2^15.
 */
final class IntegerConvolution {
  /** Sum of magnitudes up to which an accumulator is exact in float32. */
  private static final int EXACT_MAGNITUDES = (1 << 24) / 255;

  /** So many taps of any weights stay within it. */
  private static final int EXACT_TAPS = EXACT_MAGNITUDES / 127;

  /** Weights as the primitive reads them, in one part or several. */
  private static final class Packed {
    private final List<Pointer> parts = new ArrayList<>();
    private int used;
  }

  private final NativePlan plan;
  private final Geometry geometry;
  private final NativeBuffer plain;
  private final convolution_forward primitive;
  private final IntMemoryMap arguments;
  private final memory source;
  private final memory weights;
  private final memory destination;
  private final Packing packing;
  private final boolean shifts;
  private final NativeBuffer zeroPoint;
  private final Packed packed = new Packed();

  /**
   * Prepares the primitive.
   *
   * @param shifted whether zero may be another code than 0
   * @param plain receives weights in the graph's order before they are packed
   */
  IntegerConvolution(NativePlan plan, Geometry geometry, boolean shifted, NativeBuffer plain) {
    this.plan = plan;
    this.geometry = geometry;
    this.plain = plain;
    // Without padding the zero point is a constant per filter, and goes into the bias.
    this.shifts = shifted && geometry.isPadded();
    var attributes = plan.attributes();
    if (shifts) {
      attributes.set_zero_points_mask(dnnl.DNNL_ARG_SRC, 0);
    }
    var description =
        plan.own(
            new convolution_forward.primitive_desc(
                Native.processor(),
                dnnl.dnnl_forward_inference,
                dnnl.dnnl_convolution_direct,
                plan.own(geometry.source(memory.data_type.u8)),
                plan.own(geometry.anyWeights(memory.data_type.s8)),
                plan.own(new memory.desc()),
                plan.own(geometry.destination(memory.data_type.s32)),
                geometry.strides(),
                geometry.dilations(),
                geometry.padsBefore(),
                geometry.padsAfter(),
                attributes,
                false));
    geometry.avoidBatchReduce(description);
    this.primitive = plan.own(new convolution_forward(description));
    memory.desc packing = plan.own(description.weights_desc());
    this.packing =
        new Packing(plan, geometry.plainWeights(memory.data_type.s8), plain.at(0), packing);
    this.source = memory(description.src_desc());
    this.destination = memory(description.dst_desc());
    this.weights = memory(packing);
    this.arguments = plan.own(new IntMemoryMap());
    arguments.put(dnnl.DNNL_ARG_SRC, source);
    arguments.put(dnnl.DNNL_ARG_WEIGHTS, weights);
    arguments.put(dnnl.DNNL_ARG_DST, destination);
    this.zeroPoint = plan.allocate(Integer.BYTES, "a zero point");
    if (shifts) {
      var one = new memory.desc(new long[] {1}, memory.data_type.s32, memory.format_tag.a);
      arguments.put(
          dnnl.DNNL_ARG_ATTR_ZERO_POINTS | dnnl.DNNL_ARG_SRC,
          plan.own(new memory(plan.own(one), Native.processor(), zeroPoint.at(0))));
    }
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  private memory memory(memory.desc layout) {
    return plan.own(new memory(plan.own(layout), Native.processor(), plain.at(0)));
  }

  /** Whether this convolution subtracts the zero point itself; otherwise the bias has to. */
  boolean subtractsZeroPoint() {
    return shifts;
  }

  void zeroPoint(int code) {
    zeroPoint.bytes().putInt(0, code);
  }

  /**
   * Packs what lies in the plain buffer.
   *
   * @param magnitudes greatest sum of magnitudes of a filter
   */
  void pack(int magnitudes) {
    int ranges = magnitudes <= EXACT_MAGNITUDES ? 1 : ranges();
    int halves = Native.sumsBytesExactly() ? 1 : 2;
    packed.used = 0;
    if (ranges * halves == 1) {
      packing.pack(next());
      return;
    }
    byte[] whole = new byte[geometry.weightCount()];
    plain.bytes().get(0, whole);
    for (int range = 0; range < ranges; range++) {
      for (int half = 0; half < halves; half++) {
        writePart(whole, ranges > 1 ? range : -1, half, halves);
        packing.pack(next());
      }
    }
    plain.bytes().put(0, whole);
  }

  private int ranges() {
    return (geometry.filterSize() + EXACT_TAPS - 1) / EXACT_TAPS;
  }

  /** A negative range means all taps. */
  private void writePart(byte[] whole, int range, int half, int halves) {
    ByteBuffer out = plain.bytes();
    int taps = geometry.filterSize();
    for (int i = 0; i < whole.length; i++) {
      int low = whole[i] >> 1;
      int value = halves == 1 ? whole[i] : half == 0 ? low : whole[i] - low;
      out.put(i, range < 0 || i % taps / EXACT_TAPS == range ? (byte) value : 0);
    }
  }

  private Pointer next() {
    if (packed.used == packed.parts.size()) {
      packed.parts.add(plan.allocate(packing.packedSize(), "weights").at(0));
    }
    return packed.parts.get(packed.used++);
  }

  /**
   * Convolves.
   *
   * @param spare as large as the accumulators, used where there are several parts
   */
  void run(Pointer codes, NativeBuffer accumulators, Supplier<NativeBuffer> spare) {
    source.set_data_handle(codes);
    for (int part = 0; part < packed.used; part++) {
      weights.set_data_handle(packed.parts.get(part));
      destination.set_data_handle((part == 0 ? accumulators : spare.get()).at(0));
      plan.execute(primitive, arguments);
      if (part > 0) {
        int n = geometry.images() * geometry.out().size();
        Requantization.accumulate(spare.get().bytes(), accumulators.bytes(), n);
      }
    }
  }
}
