package dev.thresher.export.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.thresher.export.IntegerWeights;
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
    Int8Operator operator = node.operator();
    if (operator instanceof Int8Operator.Weighted weighted) {
      weighted(node, weighted);
    } else if (operator instanceof Int8Operator.Add add) {
      int options = AddOptions.createAddOptions(file, code(add.fused()), true);
      add(node, BuiltinOperator.ADD, 2, new Options(BuiltinOptions.AddOptions, options));
    } else if (operator instanceof Int8Operator.Mean) {
      int options = ReducerOptions.createReducerOptions(file, true);
      Options reducer = new Options(BuiltinOptions.ReducerOptions, options);
      add(node, BuiltinOperator.MEAN, 2, reducer, numbers(node, "axes", 1, 2));
    } else if (operator instanceof Int8Operator.Requantize) {
      QuantizeOptions.startQuantizeOptions(file);
      int options = QuantizeOptions.endQuantizeOptions(file);
      add(node, BuiltinOperator.QUANTIZE, 1, new Options(BuiltinOptions.QuantizeOptions, options));
    } else if (operator instanceof Int8Operator.Maximum maximum) {
      add(node, BuiltinOperator.MAXIMUM, 2, bound(), bound(node, maximum.code()));
    } else if (operator instanceof Int8Operator.Minimum minimum) {
      add(node, BuiltinOperator.MINIMUM, 2, bound(), bound(node, minimum.code()));
    } else {
      moving(node);
    }
  }

  /** Operators that compute nothing. */
  private void moving(Int8Node node) {
    if (node.operator() instanceof Int8Operator.Pad pad) {
      PadOptions.startPadOptions(file);
      Options options = new Options(BuiltinOptions.PadOptions, PadOptions.endPadOptions(file));
      String pads = node.output() + "/pads";
      int buffer = buffers.add(0, 0, pad.top(), pad.bottom(), pad.left(), pad.right(), 0, 0);
      tensors.plain(pads, new int[] {4, 2}, buffer);
      add(node, BuiltinOperator.PAD, 2, options, tensors.index(pads));
    } else if (node.operator() instanceof Int8Operator.ChannelsFirst) {
      TransposeOptions.startTransposeOptions(file);
      int offset = TransposeOptions.endTransposeOptions(file);
      Options options = new Options(BuiltinOptions.TransposeOptions, offset);
      add(node, BuiltinOperator.TRANSPOSE, 2, options, numbers(node, "order", 0, 3, 1, 2));
    } else if (node.operator() instanceof Int8Operator.Reshape) {
      int[] extents = network.tensors().get(node.output()).extents();
      extents[0] = -1;
      int shape = ReshapeOptions.createNewShapeVector(file, extents);
      int offset = ReshapeOptions.createReshapeOptions(file, shape);
      Options options = new Options(BuiltinOptions.ReshapeOptions, offset);
      add(node, BuiltinOperator.RESHAPE, 1, options, numbers(node, "shape", extents));
    } else {
      throw new AssertionError(node.operator());
    }
  }

  private void weighted(Int8Node node, Int8Operator.Weighted operator) {
    IntegerWeights weights = operator.weights();
    int[] shape = weights.shape();
    byte fused = code(operator.fused());
    if (operator instanceof Int8Operator.Convolution convolution) {
      int version = convolution.groups() > 1 ? GROUPED : 3;
      Options options = convolution(convolution.kernel(), fused);
      int[] extents = {shape[0], shape[2], shape[3], shape[1]};
      byte[] codes = WeightLayout.channelsLast(weights);
      add(node, BuiltinOperator.CONV_2D, version, options, constants(node, codes, extents, 0));
    } else if (operator instanceof Int8Operator.DepthwiseConvolution depthwise) {
      int channels = network.tensors().get(node.inputs().get(0)).shape().channels();
      Options options = depthwise(depthwise.kernel(), weights.filters() / channels, fused);
      int[] extents = {1, shape[2], shape[3], shape[0]};
      byte[] codes = WeightLayout.filtersLast(weights);
      int[] constants = constants(node, codes, extents, 3);
      add(node, BuiltinOperator.DEPTHWISE_CONV_2D, 3, options, constants);
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
  private int[] constants(Int8Node node, byte[] codes, int[] extents, int dimension) {
    IntegerWeights weights = ((Int8Operator.Weighted) node.operator()).weights();
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

  private void add(Int8Node node, int builtin, int version, Options options, int... constants) {
    IntStream activations = node.inputs().stream().mapToInt(tensors::index);
    operators.add(
        new Builtin(builtin, version),
        options,
        IntStream.concat(activations, Arrays.stream(constants)).toArray(),
        tensors.index(node.output()));
  }
}
