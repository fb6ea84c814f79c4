package dev.thresher.export.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.export.tflite.FlatOperators.Builtin;
import dev.thresher.export.tflite.FlatOperators.Options;
import dev.thresher.quantize.Granularity;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorflow.lite.schema.ActivationFunctionType;
import org.tensorflow.lite.schema.AddOptions;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.Conv2DOptions;
import org.tensorflow.lite.schema.DepthwiseConv2DOptions;
import org.tensorflow.lite.schema.MaximumMinimumOptions;
import org.tensorflow.lite.schema.PadOptions;
import org.tensorflow.lite.schema.Padding;
import org.tensorflow.lite.schema.QuantizeOptions;
import org.tensorflow.lite.schema.ReducerOptions;
import org.tensorflow.lite.schema.ReshapeOptions;
import org.tensorflow.lite.schema.TensorType;
import org.tensorflow.lite.schema.TransposeOptions;

/** Writes one operator after another, with its constants. */
final class NodeWriter {
  private static final int GROUPED = 6;

  private final FlatBufferBuilder file;
  private final Int8Network network;
  private final FlatBuffers buffers;
  private final FlatTensors tensors;
  private final FlatOperators operators;

  NodeWriter(
      FlatBufferBuilder file,
      Int8Network network,
      FlatBuffers buffers,
      FlatTensors tensors,
      FlatOperators operators) {
    this.file = file;
    this.network = network;
    this.buffers = buffers;
    this.tensors = tensors;
    this.operators = operators;
  }

  void write(Int8Node node) {
    node.operator().accept(new Writing(node));
  }

  /** Writes one node; answers what it wrote. */
  private final class Writing implements Int8Operator.Visitor<Builtin> {
    private final Int8Node node;

    Writing(Int8Node node) {
      this.node = node;
    }

    @Override
    public Builtin convolution(Int8Operator.Convolution convolution) {
      IntegerWeights weights = convolution.weights();
      int[] shape = weights.shape();
      int version = convolution.groups() > 1 ? GROUPED : 3;
      Options options =
          NodeWriter.this.convolution(convolution.kernel(), code(convolution.fused()));
      int[] extents = {shape[0], shape[2], shape[3], shape[1]};
      byte[] codes = WeightLayout.channelsLast(weights);
      int[] constants = constants(node, weights, codes, extents, 0);
      return emit(node, BuiltinOperator.CONV_2D, version, options, constants);
    }

    @Override
    public Builtin depthwise(Int8Operator.DepthwiseConvolution depthwise) {
      IntegerWeights weights = depthwise.weights();
      int[] shape = weights.shape();
      int channels = network.tensors().get(node.inputs().get(0)).shape().channels();
      int multiplier = weights.filters() / channels;
      Options options =
          NodeWriter.this.depthwise(depthwise.kernel(), multiplier, code(depthwise.fused()));
      int[] extents = {1, shape[2], shape[3], shape[0]};
      byte[] codes = WeightLayout.filtersLast(weights);
      int[] constants = constants(node, weights, codes, extents, 3);
      return emit(node, BuiltinOperator.DEPTHWISE_CONV_2D, 3, options, constants);
    }

    @Override
    public Builtin add(Int8Operator.Add add) {
      int options = AddOptions.createAddOptions(file, code(add.fused()), true);
      return emit(node, BuiltinOperator.ADD, 2, new Options(BuiltinOptions.AddOptions, options));
    }

    @Override
    public Builtin mean(Int8Operator.Mean mean) {
      int options = ReducerOptions.createReducerOptions(file, true);
      Options reducer = new Options(BuiltinOptions.ReducerOptions, options);
      return emit(node, BuiltinOperator.MEAN, 2, reducer, numbers(node, "axes", 1, 2));
    }

    @Override
    public Builtin requantize(Int8Operator.Requantize requantize) {
      QuantizeOptions.startQuantizeOptions(file);
      int options = QuantizeOptions.endQuantizeOptions(file);
      return emit(
          node, BuiltinOperator.QUANTIZE, 1, new Options(BuiltinOptions.QuantizeOptions, options));
    }

    @Override
    public Builtin maximum(Int8Operator.Maximum maximum) {
      return emit(node, BuiltinOperator.MAXIMUM, 2, bound(), bound(node, maximum.code()));
    }

    @Override
    public Builtin minimum(Int8Operator.Minimum minimum) {
      return emit(node, BuiltinOperator.MINIMUM, 2, bound(), bound(node, minimum.code()));
    }

    @Override
    public Builtin pad(Int8Operator.Pad pad) {
      PadOptions.startPadOptions(file);
      Options options = new Options(BuiltinOptions.PadOptions, PadOptions.endPadOptions(file));
      String pads = node.output() + "/pads";
      int buffer = buffers.add(0, 0, pad.top(), pad.bottom(), pad.left(), pad.right(), 0, 0);
      tensors.plain(pads, new int[] {4, 2}, buffer);
      return emit(node, BuiltinOperator.PAD, 2, options, tensors.index(pads));
    }

    @Override
    public Builtin channelsFirst(Int8Operator.ChannelsFirst channelsFirst) {
      TransposeOptions.startTransposeOptions(file);
      int offset = TransposeOptions.endTransposeOptions(file);
      Options options = new Options(BuiltinOptions.TransposeOptions, offset);
      int order = numbers(node, "order", 0, 3, 1, 2);
      return emit(node, BuiltinOperator.TRANSPOSE, 2, options, order);
    }

    @Override
    public Builtin reshape(Int8Operator.Reshape reshape) {
      int[] extents = network.tensors().get(node.output()).extents();
      extents[0] = -1;
      int shape = ReshapeOptions.createNewShapeVector(file, extents);
      int offset = ReshapeOptions.createReshapeOptions(file, shape);
      Options options = new Options(BuiltinOptions.ReshapeOptions, offset);
      int wanted = numbers(node, "shape", extents);
      return emit(node, BuiltinOperator.RESHAPE, 1, options, wanted);
    }
  }

  private Options convolution(Kernel kernel, byte fused) {
    int offset =
        Conv2DOptions.createConv2DOptions(
            file,
            padding(kernel),
            kernel.strideWidth(),
            kernel.strideHeight(),
            fused,
            kernel.dilationWidth(),
            kernel.dilationHeight());
    return new Options(BuiltinOptions.Conv2DOptions, offset);
  }

  private Options depthwise(Kernel kernel, int multiplier, byte fused) {
    int offset =
        DepthwiseConv2DOptions.createDepthwiseConv2DOptions(
            file,
            padding(kernel),
            kernel.strideWidth(),
            kernel.strideHeight(),
            multiplier,
            fused,
            kernel.dilationWidth(),
            kernel.dilationHeight());
    return new Options(BuiltinOptions.DepthwiseConv2DOptions, offset);
  }

  private static byte padding(Kernel kernel) {
    return kernel.padding() == Kernel.Padding.SAME ? Padding.SAME : Padding.VALID;
  }

  private static byte code(Fused fused) {
    return switch (fused) {
      case NONE -> ActivationFunctionType.NONE;
      case RELU -> ActivationFunctionType.RELU;
      case RELU_N1_TO_1 -> ActivationFunctionType.RELU_N1_TO_1;
      case RELU6 -> ActivationFunctionType.RELU6;
    };
  }

  /** Writes weights and bias and answers their indices. */
  private int[] constants(
      Int8Node node, IntegerWeights weights, byte[] codes, int[] extents, int dimension) {
    boolean perTensor = network.model().granularity() == Granularity.PER_TENSOR;
    float[] scales = perTensor ? Arrays.copyOf(weights.scales(), 1) : weights.scales();
    float[] biasScales = scales.clone();
    float inputScale = network.tensors().get(node.inputs().get(0)).scale();
    for (int k = 0; k < biasScales.length; k++) {
      biasScales[k] *= inputScale;
    }
    String weight = node.output() + "/weight";
    String bias = node.output() + "/bias";
    int[] filters = {weights.filters()};
    tensors.constant(weight, extents, TensorType.INT8, buffers.add(codes), scales, dimension);
    tensors.constant(bias, filters, TensorType.INT32, buffers.add(weights.bias()), biasScales, 0);
    return new int[] {tensors.index(weight), tensors.index(bias)};
  }

  private int numbers(Int8Node node, String what, int... values) {
    String name = node.output() + "/" + what;
    tensors.plain(name, new int[] {values.length}, buffers.add(values));
    return tensors.index(name);
  }

  private Options bound() {
    MaximumMinimumOptions.startMaximumMinimumOptions(file);
    int offset = MaximumMinimumOptions.endMaximumMinimumOptions(file);
    return new Options(BuiltinOptions.MaximumMinimumOptions, offset);
  }

  private int bound(Int8Node node, int code) {
    String name = node.output() + "/bound";
    Int8Tensor grid = network.tensors().get(node.output());
    tensors.code(name, grid, buffers.add(new byte[] {(byte) code}));
    return tensors.index(name);
  }

  private Builtin emit(Int8Node node, int code, int version, Options options, int... constants) {
    Builtin builtin = new Builtin(code, version);
    IntStream activations = node.inputs().stream().mapToInt(tensors::index);
    operators.add(
        builtin,
        options,
        IntStream.concat(activations, Arrays.stream(constants)).toArray(),
        tensors.index(node.output()));
    return builtin;
  }
}
