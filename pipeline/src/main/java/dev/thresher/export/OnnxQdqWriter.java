package dev.thresher.export;

import static dev.thresher.network.onnx.OnnxBuilder.attribute;

import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.network.Pointwise.PassThrough;
import dev.thresher.network.onnx.OnnxBuilder;
import dev.thresher.network.onnx.OnnxGraphWriter;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a quantized model as ONNX, opset 13, with QuantizeLinear and DequantizeLinear around every
 * tensor: {@code input} [batch, C, H, W] float32 to {@code output} [batch, classes] float32.
 *
 * <p>Activations are uint8 with their zero points, weights int8 constants dequantized along axis 0
 * (a scalar scale in per-tensor granularity), biases int32 constants with scale input scale times
 * weight scale. Operators stand between the pairs in float32, for the runtime to fuse.
 *
 * <p>Activations are left out where the ends of uint8 are the clamp already. Where they are not
 * (fewer than 8 bits; signed symmetric grids, [1, 255]; a grid wider than its activation), an
 * integer Clip follows QuantizeLinear: it gives exactly the integers of the model, while a Clip of
 * reals before QuantizeLinear keeps ONNX Runtime from fusing integer kernels. 8-bit asymmetric
 * models have plain pairs only.
 *
 * <p>On x86 without VNNI, ONNX Runtime's default uint8-int8 kernels saturate 16-bit sums; its
 * session option {@code session.x64quantprecision} avoids that. Deterministic.
 */
public final class OnnxQdqWriter {
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final int UINT8_MAX = 255;

  private final QuantizedModel model;
  private final Map<String, QuantizedTensor> tensors;
  private final OnnxBuilder onnx;

  /** Dequantized tensors by the model's names. */
  private final Map<String, Dequantized> written = new HashMap<>();

  /** A float32 tensor of the file: [batch, C, H, W], or [batch, n]; and the names of its grid. */
  private record Dequantized(String name, int rank, Grid grid) {}

  /** The constants of a grid. */
  private record Grid(String scale, String zeroPoint, int lower, int upper, Clamp clamp) {}

  /** How a tensor's codes are kept within their ends. */
  private enum Clamp {
    /** By uint8 itself. */
    SATURATION,
    /** By an integer Clip. */
    INTEGER
  }

  private OnnxQdqWriter(QuantizedModel model) {
    this.model = model;
    this.tensors = model.tensorsByName();
    this.onnx = new OnnxBuilder(model.origin().network());
  }

  /** The bytes of the file; a model is complete by construction, so nothing is recalibrated. */
  public static byte[] write(QuantizedModel model) {
    OnnxQdqWriter writer = new OnnxQdqWriter(model);
    writer.writeNodes();
    return writer.onnx.build(model.origin().version(), model.properties());
  }

  private void writeNodes() {
    QuantizedTensor input = tensors.get(model.input());
    FeatureShape shape = input.shape();
    onnx.input(INPUT, shape.channels(), shape.height(), shape.width());
    onnx.unique(OUTPUT);
    Quantizer quantizer = input.quantizer();
    int lower = quantizer.qmin();
    int upper = quantizer.qmax();
    Grid grid = grid(INPUT, quantizer, lower, upper, clamp(lower, upper));
    written.put(
        model.input(),
        new Dequantized(
            quantizeDequantize(onnx.unique(INPUT + "/dequantized"), INPUT, grid), 4, grid));
    for (IntegerNode node : model.nodes()) {
      writeNode(node);
    }
    onnx.output(OUTPUT, tensors.get(model.output()).shape().size());
  }

  private void writeNode(IntegerNode node) {
    String real = onnx.unique(node.name() + "/real");
    int rank = writeOperator(node, real);
    boolean last = node.name().equals(model.output());
    String name = last && rank == 2 ? OUTPUT : onnx.unique(node.name());
    Grid grid =
        grid(
            node.name(),
            tensors.get(node.name()).quantizer(),
            node.lower(),
            node.upper(),
            clamp(node));
    quantizeDequantize(name, real, grid);
    written.put(node.name(), new Dequantized(name, rank, grid));
    if (last && rank == 4) {
      onnx.node("Flatten", OUTPUT, name);
    }
  }

  /** Writes the operator in real numbers and answers its output's rank. */
  private int writeOperator(IntegerNode node, String output) {
    String first = node.inputs().get(0);
    return node.operator()
        .accept(
            new IntegerOperator.Visitor<Integer>() {
              @Override
              public Integer weighted(IntegerOperator.Weighted weighted) {
                return weighted.match(
                    convolution -> writeConvolution(node, convolution, output),
                    dense -> writeGemm(node, dense, output));
              }

              @Override
              public Integer mapped(IntegerOperator.Mapped mapped) {
                return mapped.operator().match(identity -> writeIdentity(first, output));
              }

              @Override
              public Integer combined(IntegerOperator.Combined combined) {
                return combined.operator().match(add -> writeAdd(node, output));
              }

              @Override
              public Integer reduced(IntegerOperator.Reduced reduced) {
                return reduced.operator().match(mean -> writeGlobalAveragePool(first, output));
              }

              @Override
              public Integer moved(IntegerOperator.Moved moved) {
                return moved.operator().match(flatten -> writeFlatten(first, output));
              }
            });
  }

  private int writeConvolution(
      IntegerNode node, IntegerOperator.Convolution convolution, String output) {
    List<String> inputs = weighted(node, convolution.weights(), map(node.inputs().get(0)));
    int[] shape = convolution.weights().shape();
    onnx.node(
        "Conv",
        output,
        inputs,
        OnnxGraphWriter.attributes(convolution.window(), convolution.groups(), shape[2], shape[3]));
    return 4;
  }

  private int writeGemm(IntegerNode node, IntegerOperator.FullyConnected dense, String output) {
    List<String> inputs = weighted(node, dense.weights(), vector(node.inputs().get(0)));
    onnx.node("Gemm", output, inputs, List.of(attribute("transB", 1L)));
    return 2;
  }

  private int writeIdentity(String tensor, String output) {
    onnx.node("Identity", output, written.get(tensor).name());
    return written.get(tensor).rank();
  }

  private int writeAdd(IntegerNode node, String output) {
    String first = node.inputs().get(0);
    String second = node.inputs().get(1);
    boolean maps = written.get(first).rank() == 4 && written.get(second).rank() == 4;
    onnx.node(
        "Add", output, maps ? map(first) : vector(first), maps ? map(second) : vector(second));
    return maps ? 4 : 2;
  }

  private int writeGlobalAveragePool(String tensor, String output) {
    onnx.node("GlobalAveragePool", output, map(tensor));
    return 4;
  }

  private int writeFlatten(String tensor, String output) {
    onnx.node("Flatten", output, written.get(tensor).name());
    return 2;
  }

  /** The constants of a grid, once for its QuantizeLinear and DequantizeLinear. */
  private Grid grid(String name, Quantizer quantizer, int lower, int upper, Clamp clamp) {
    return new Grid(
        onnx.constant(name + "/scale", new float[] {quantizer.scale()}),
        onnx.uint8(name + "/zero_point", quantizer.zeroPoint()),
        lower,
        upper,
        clamp);
  }

  /**
   * A pass-through is two pairs in a row, which ONNX Runtime would merge into one and so round once
   * where the model rounds twice; a Clip between them, even an idle one, keeps both.
   */
  private static Clamp clamp(IntegerNode node) {
    return node.operator().kind().equals(PassThrough.KIND)
        ? Clamp.INTEGER
        : clamp(node.lower(), node.upper());
  }

  private static Clamp clamp(int lower, int upper) {
    return lower > 0 || upper < UINT8_MAX ? Clamp.INTEGER : Clamp.SATURATION;
  }

  private String quantizeDequantize(String output, String real, Grid grid) {
    String codes = onnx.unique(output + "/codes");
    onnx.node("QuantizeLinear", codes, real, grid.scale(), grid.zeroPoint());
    if (grid.clamp() == Clamp.INTEGER) {
      String clamped = onnx.unique(output + "/clamped");
      onnx.node(
          "Clip",
          clamped,
          codes,
          onnx.uint8(output + "/lower", grid.lower()),
          onnx.uint8(output + "/upper", grid.upper()));
      codes = clamped;
    }
    onnx.node("DequantizeLinear", output, codes, grid.scale(), grid.zeroPoint());
    return output;
  }

  private List<String> weighted(IntegerNode node, IntegerWeights weights, String input) {
    float inputScale = tensors.get(node.inputs().get(0)).quantizer().scale();
    boolean perTensor = model.granularity() == Granularity.PER_TENSOR;
    float[] all = weights.portable(model.granularity(), inputScale).scales();
    float[] scales = perTensor ? new float[] {all[0]} : all;
    float[] biasScales = new float[scales.length];
    for (int k = 0; k < scales.length; k++) {
      biasScales[k] = inputScale * scales[k];
    }
    int[] scaleShape = perTensor ? new int[0] : new int[] {scales.length};
    String name = node.name();
    String codes = onnx.int8(name + "/weight/codes", weights.codes(), weights.shape());
    String zeros = onnx.int8(name + "/weight/zero_point", new byte[scales.length], scaleShape);
    String bias = onnx.constant(name + "/bias/codes", weights.bias(), weights.filters());
    return List.of(
        input,
        constantTimes(
            name + "/weight",
            codes,
            onnx.constant(name + "/weight/scale", scales, scaleShape),
            zeros),
        // A missing zero point is zero; the runtimes accept no other for int32.
        constantTimes(
            name + "/bias", bias, onnx.constant(name + "/bias/scale", biasScales, scaleShape)));
  }

  private String constantTimes(String wanted, String... inputs) {
    String name = onnx.unique(wanted);
    onnx.node("DequantizeLinear", name, List.of(inputs), List.of(attribute("axis", 0L)));
    return name;
  }

  /** The tensor as [batch, n]. */
  private String vector(String tensor) {
    Dequantized real = written.get(tensor);
    if (real.rank() == 2) {
      return real.name();
    }
    String flat = onnx.unique(real.name() + "/flat");
    onnx.node("Flatten", flat, real.name());
    return quantizeDequantize(onnx.unique(real.name() + "/vector"), flat, real.grid());
  }

  /** The tensor as [batch, C, H, W]; a vector becomes a map of one position. */
  private String map(String tensor) {
    Dequantized real = written.get(tensor);
    if (real.rank() == 4) {
      return real.name();
    }
    String reshaped = onnx.unique(real.name() + "/reshaped");
    // 0 copies the batch, -1 takes the rest.
    String shape = onnx.constant(reshaped + "/shape", 0L, -1L, 1L, 1L);
    onnx.node("Reshape", reshaped, real.name(), shape);
    return quantizeDequantize(onnx.unique(real.name() + "/map"), reshaped, real.grid());
  }
}
