package dev.thresher.export.tflite;

import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.export.ModelFormatException;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.QuantizedTensor;
import dev.thresher.network.Window;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the nodes of a model into operators of TFLite. */
final class Lowering {
  private static final int UINT8_MAX = 255;

  /** XNNPACK refuses larger requantization scales, and LiteRT then ends or crashes. */
  private static final int MULTIPLIER_LIMIT = 256;

  private final QuantizedModel model;
  private final Map<String, QuantizedTensor> source;
  private final Map<String, Int8Tensor> tensors = new LinkedHashMap<>();
  private final List<Int8Node> nodes = new ArrayList<>();

  /** Where a tensor of the model is found, as [batch, H, W, C]. */
  private final Map<String, Int8Tensor> written = new HashMap<>();

  Lowering(QuantizedModel model) {
    this.model = model;
    this.source = model.tensorsByName();
  }

  Int8Network network() {
    QuantizedTensor input = source.get(model.input());
    Int8Tensor first = Int8Tensor.map(input.name(), input.shape(), input.quantizer());
    tensors.put(first.name(), first);
    Quantizer grid = input.quantizer();
    Ends ends = Ends.of(grid.qmin(), grid.qmax(), grid);
    written.put(input.name(), clamped(first, ends, unique(first.name() + "/clamped")));
    for (IntegerNode node : model.nodes()) {
      lower(node);
    }
    Int8Tensor last = flat(written.get(model.output()));
    FeatureShape vector = new FeatureShape(last.shape().size(), 1, 1);
    emit(
        new Int8Operator.Reshape(),
        List.of(last),
        last.like(unique(last.name() + "/vector"), vector, 2));
    return new Int8Network(model, tensors, nodes);
  }

  private void lower(IntegerNode node) {
    List<Int8Tensor> in = node.inputs().stream().map(written::get).toList();
    Int8Tensor lowered =
        node.operator()
            .accept(
                new IntegerOperator.Visitor<>() {
                  @Override
                  public Int8Tensor weighted(IntegerOperator.Weighted weighted) {
                    return weighted.match(
                        convolution -> convolution(node, convolution, in.get(0)),
                        dense -> fullyConnected(node, dense.weights(), in.get(0)));
                  }

                  @Override
                  public Int8Tensor mapped(IntegerOperator.Mapped mapped) {
                    return mapped
                        .operator()
                        .match(identity -> plain(node, in.get(0), new Int8Operator.Requantize()));
                  }

                  @Override
                  public Int8Tensor combined(IntegerOperator.Combined combined) {
                    return combined.operator().match(add -> fused(node, in, Int8Operator.Add::new));
                  }

                  @Override
                  public Int8Tensor reduced(IntegerOperator.Reduced reduced) {
                    return reduced
                        .operator()
                        .match(mean -> plain(node, in.get(0), new Int8Operator.Mean()));
                  }

                  @Override
                  public Int8Tensor moved(IntegerOperator.Moved moved) {
                    return moved.operator().match(flatten -> flatten(node, in.get(0)));
                  }
                });
    written.put(node.name(), lowered);
  }

  private Int8Tensor convolution(
      IntegerNode node, IntegerOperator.Convolution convolution, Int8Tensor in) {
    IntegerWeights weights = portable(convolution.weights(), in);
    checkMultipliers(node, weights, in);
    int[] shape = weights.shape();
    FeatureShape out = source.get(node.name()).shape();
    Window window = convolution.window();
    boolean same = isSame(window, shape, in.shape(), out);
    Int8Tensor padded = same ? in : padded(node, window, shape, in, out);
    Kernel kernel =
        new Kernel(
            window.strideHeight(),
            window.strideWidth(),
            window.dilationHeight(),
            window.dilationWidth(),
            same ? Kernel.Padding.SAME : Kernel.Padding.VALID);
    int groups = convolution.groups();
    boolean depthwise = groups > 1 && shape[1] == 1;
    return fused(
        node,
        List.of(padded),
        fused ->
            depthwise
                ? new Int8Operator.DepthwiseConvolution(weights, kernel, fused)
                : new Int8Operator.Convolution(weights, kernel, groups, fused));
  }

  private static boolean isSame(Window window, int[] shape, FeatureShape in, FeatureShape out) {
    return out.height() == ceil(in.height(), window.strideHeight())
        && out.width() == ceil(in.width(), window.strideWidth())
        && window.padTop()
            == Kernel.same(
                in.height(), out.height(), shape[2], window.strideHeight(), window.dilationHeight())
        && window.padLeft()
            == Kernel.same(
                in.width(), out.width(), shape[3], window.strideWidth(), window.dilationWidth());
  }

  private static int ceil(int size, int stride) {
    return (size + stride - 1) / stride;
  }

  /** The map with what the window reads around it; zeros at the end that it never reads are not. */
  private Int8Tensor padded(
      IntegerNode node, Window window, int[] shape, Int8Tensor in, FeatureShape out) {
    FeatureShape map = in.shape();
    int bottom =
        (out.height() - 1) * window.strideHeight()
            + (shape[2] - 1) * window.dilationHeight()
            + 1
            - map.height()
            - window.padTop();
    int right =
        (out.width() - 1) * window.strideWidth()
            + (shape[3] - 1) * window.dilationWidth()
            + 1
            - map.width()
            - window.padLeft();
    Int8Operator.Pad pad =
        new Int8Operator.Pad(
            window.padTop(), window.padLeft(), Math.max(bottom, 0), Math.max(right, 0));
    if (pad.top() + pad.left() + pad.bottom() + pad.right() == 0) {
      return in;
    }
    FeatureShape larger =
        new FeatureShape(
            map.channels(),
            map.height() + pad.top() + pad.bottom(),
            map.width() + pad.left() + pad.right());
    return emit(pad, List.of(in), in.like(unique(node.name() + "/padded"), larger, 4));
  }

  /** A vector that was a map, channel first, meets a kernel of the map's size. */
  private Int8Tensor fullyConnected(IntegerNode node, IntegerWeights given, Int8Tensor in) {
    FeatureShape map = in.shape();
    int[] shape = {given.filters(), map.channels(), map.height(), map.width()};
    IntegerWeights weights = portable(given.reshaped(shape), in);
    checkMultipliers(node, weights, in);
    return fused(
        node, List.of(in), fused -> new Int8Operator.Convolution(weights, Kernel.UNIT, 1, fused));
  }

  private void checkMultipliers(IntegerNode node, IntegerWeights weights, Int8Tensor in) {
    float outputScale = grid(node).scale();
    for (float scale : weights.scales()) {
      double multiplier = (double) in.scale() * scale / outputScale;
      if (multiplier >= MULTIPLIER_LIMIT) {
        throw new ModelFormatException(
            "Cannot run %s in int8: one step of its accumulator is %.3g steps of its output, devices run up to %d. Its output was (almost) constant when ranges were measured; calibrate on images of the kind that the network sees."
                .formatted(node.name(), multiplier, MULTIPLIER_LIMIT));
      }
    }
  }

  private IntegerWeights portable(IntegerWeights weights, Int8Tensor in) {
    return weights.portable(model.granularity(), in.scale());
  }

  private Int8Tensor flatten(IntegerNode node, Int8Tensor in) {
    return clamped(flat(in), Ends.of(node, grid(node)), node.name());
  }

  /** [batch, 1, 1, C * H * W], channel first where there is an order to keep. */
  private Int8Tensor flat(Int8Tensor in) {
    FeatureShape map = in.shape();
    if (map.positions() == 1) {
      return in;
    }
    FeatureShape planes =
        new FeatureShape(
            /* channels= */ map.width(), /* height= */ map.channels(), /* width= */ map.height());
    Int8Tensor first = in.like(unique(in.name() + "/planes"), planes, 4);
    emit(new Int8Operator.ChannelsFirst(), List.of(in), first);
    FeatureShape vector = new FeatureShape(map.size(), 1, 1);
    Int8Tensor flat = in.like(unique(in.name() + "/flat"), vector, 4);
    return emit(new Int8Operator.Reshape(), List.of(first), flat);
  }

  /** An operator that clamps nothing itself. */
  private Int8Tensor plain(IntegerNode node, Int8Tensor in, Int8Operator operator) {
    return put(node, operator, List.of(in), output(node), Ends.of(node, grid(node)));
  }

  /** Makes an operator of a fused clamp. */
  private interface Fusing {
    Int8Operator with(Fused fused);
  }

  private Int8Tensor fused(IntegerNode node, List<Int8Tensor> in, Fusing operator) {
    Int8Tensor output = output(node);
    Ends ends = Ends.of(node, grid(node));
    Optional<Fused> fused = Fused.of(node.activation(), output, ends.lower(), ends.upper());
    return put(
        node,
        operator.with(fused.orElse(Fused.NONE)),
        in,
        output,
        fused.isPresent() ? Ends.INT8 : ends);
  }

  private Int8Tensor put(
      IntegerNode node, Int8Operator operator, List<Int8Tensor> in, Int8Tensor output, Ends left) {
    String name = left.equals(Ends.INT8) ? node.name() : unique(node.name() + "/unclamped");
    Int8Tensor raw = emit(operator, in, output.like(name, output.shape(), output.rank()));
    return clamped(raw, left, node.name());
  }

  private Int8Tensor clamped(Int8Tensor raw, Ends ends, String name) {
    boolean cut = ends.upper() < Int8Tensor.MAX;
    Int8Tensor current = raw;
    if (ends.lower() > Int8Tensor.MIN) {
      String raised = cut ? unique(name + "/raised") : name;
      Int8Tensor output = raw.like(raised, raw.shape(), raw.rank());
      current = emit(new Int8Operator.Maximum(ends.lower()), List.of(current), output);
    }
    if (cut) {
      Int8Tensor output = raw.like(name, raw.shape(), raw.rank());
      current = emit(new Int8Operator.Minimum(ends.upper()), List.of(current), output);
    }
    return current;
  }

  private Quantizer grid(IntegerNode node) {
    return source.get(node.name()).quantizer();
  }

  private Int8Tensor output(IntegerNode node) {
    return Int8Tensor.map(node.name(), source.get(node.name()).shape(), grid(node));
  }

  private Int8Tensor emit(Int8Operator operator, List<Int8Tensor> in, Int8Tensor output) {
    tensors.put(output.name(), output);
    nodes.add(new Int8Node(operator, in.stream().map(Int8Tensor::name).toList(), output.name()));
    return output;
  }

  /** A name that no tensor has, of the model or made here. */
  private String unique(String wanted) {
    String name = wanted;
    for (int i = 2; source.containsKey(name) || tensors.containsKey(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  /** The codes that a tensor may hold. */
  private record Ends(int lower, int upper) {
    /** No clamp is needed. */
    static final Ends INT8 = new Ends(Int8Tensor.MIN, Int8Tensor.MAX);

    static Ends of(IntegerNode node, Quantizer grid) {
      return of(node.lower(), node.upper(), grid);
    }

    /** The model spares one code of a signed symmetric grid, which TFLite uses. */
    static Ends of(int lower, int upper, Quantizer grid) {
      boolean spared = grid.qmin() == 1 && grid.qmax() == UINT8_MAX && lower == 1;
      return new Ends((spared ? 0 : lower) - Int8Tensor.OFFSET, upper - Int8Tensor.OFFSET);
    }
  }
}
