package dev.thresher.export.tflite;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.flatbuffers.FlatBufferBuilder;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.tflite.FlatOperators.Builtin;
import dev.thresher.export.tflite.FlatOperators.Options;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.DequantizeOptions;
import org.tensorflow.lite.schema.Metadata;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.QuantizeOptions;
import org.tensorflow.lite.schema.SignatureDef;
import org.tensorflow.lite.schema.SubGraph;
import org.tensorflow.lite.schema.TensorMap;
import org.tensorflow.lite.schema.TensorType;

/**
 * Writes a quantized model as a TFLite flatbuffer of int8 throughout: {@code input} [batch, H, W,
 * C] to {@code output} [batch, classes], the batch 1 unless the interpreter resizes it.
 *
 * <p>Weights are int8 in [-127, 127] with zero point 0, per filter or per tensor; biases int32 with
 * the scale of input times weight and zero point 0; activations int8, each with scale and zero
 * point. Operator versions are the least whose kernels take int8, so that old runtimes run the file
 * too. Metadata {@code thresher} holds the provenance as JSON, {@code min_runtime_version} the
 * oldest runtime. Deterministic. Source: TFLite's 8-bit quantization specification and schema.
 */
public final class TfLiteWriter {
  private static final int SCHEMA_VERSION = 3;
  private static final String IDENTIFIER = "TFL3";

  /** What the runtime's converter calls the signature of a model with one. */
  private static final String SIGNATURE = "serving_default";

  /** The runtime reads this entry as characters in a field of 16. */
  private static final int RUNTIME_VERSION_BYTES = 16;

  private static final String INT8_KERNELS = "1.14.0";
  private static final String GROUPED_CONVOLUTION = "2.9.0";

  private static final Builtin QUANTIZE = new Builtin(BuiltinOperator.QUANTIZE, 1);
  private static final Builtin DEQUANTIZE = new Builtin(BuiltinOperator.DEQUANTIZE, 2);

  private final Int8Network network;
  private final TfLiteInterface ends;
  private final FlatBufferBuilder file = new FlatBufferBuilder(1 << 16);
  private final FlatBuffers buffers = new FlatBuffers(file);
  private final FlatTensors tensors = new FlatTensors(file);
  private final FlatOperators operators = new FlatOperators(file);

  private TfLiteWriter(Int8Network network, TfLiteInterface ends) {
    this.network = network;
    this.ends = ends;
  }

  /** The bytes of the file. */
  public static byte[] write(QuantizedModel model, TfLiteInterface ends) {
    return write(Int8Network.of(model), ends);
  }

  static byte[] write(Int8Network network, TfLiteInterface ends) {
    return new TfLiteWriter(network, ends).bytes();
  }

  private byte[] bytes() {
    network.tensors().values().forEach(t -> tensors.activation(t, t.name(), TensorType.INT8));
    String input = network.input().name();
    String output = network.output().name();
    String first = end(network.input());
    String last = end(network.output());
    if (!first.equals(input)) {
      operators.add(QUANTIZE, quantize(), indices(first), tensors.index(input));
    }
    NodeWriter nodes = new NodeWriter(file, network, buffers, tensors, operators);
    network.nodes().forEach(nodes::write);
    if (ends == TfLiteInterface.UINT8) {
      operators.add(QUANTIZE, quantize(), indices(output), tensors.index(last));
    } else if (ends == TfLiteInterface.FLOAT) {
      operators.add(DEQUANTIZE, dequantize(), indices(output), tensors.index(last));
    }
    file.finish(model(tensors.index(first), tensors.index(last)), IDENTIFIER);
    return file.sizedByteArray();
  }

  /** The tensor that the user sees for one of the network. */
  private String end(Int8Tensor inner) {
    if (ends == TfLiteInterface.INT8) {
      return inner.name();
    }
    String wanted = inner.name() + "/" + ends.name().toLowerCase(Locale.ROOT);
    String name = wanted;
    for (int i = 2; tensors.contains(name); i++) {
      name = wanted + "_" + i;
    }
    tensors.activation(inner, name, ends.type());
    return name;
  }

  private int[] indices(String tensor) {
    return new int[] {tensors.index(tensor)};
  }

  private Options quantize() {
    QuantizeOptions.startQuantizeOptions(file);
    return new Options(BuiltinOptions.QuantizeOptions, QuantizeOptions.endQuantizeOptions(file));
  }

  private Options dequantize() {
    DequantizeOptions.startDequantizeOptions(file);
    int offset = DequantizeOptions.endDequantizeOptions(file);
    return new Options(BuiltinOptions.DequantizeOptions, offset);
  }

  private int model(int input, int output) {
    int graph =
        SubGraph.createSubGraph(
            file,
            SubGraph.createTensorsVector(file, tensors.offsets()),
            SubGraph.createInputsVector(file, new int[] {input}),
            SubGraph.createOutputsVector(file, new int[] {output}),
            SubGraph.createOperatorsVector(file, operators.offsets()),
            file.createString("main"));
    int metadata = metadata();
    return Model.createModel(
        file,
        SCHEMA_VERSION,
        Model.createOperatorCodesVector(file, operators.codes()),
        Model.createSubgraphsVector(file, new int[] {graph}),
        file.createString(network.model().origin().network() + ", int8 by Thresher"),
        Model.createBuffersVector(file, buffers.offsets()),
        0,
        metadata,
        signature(input, output));
  }

  private int signature(int input, int output) {
    int[] in = {TensorMap.createTensorMap(file, file.createString("input"), input)};
    int[] out = {TensorMap.createTensorMap(file, file.createString("output"), output)};
    int signature =
        SignatureDef.createSignatureDef(
            file,
            SignatureDef.createInputsVector(file, in),
            SignatureDef.createOutputsVector(file, out),
            file.createString(SIGNATURE),
            0);
    return Model.createSignatureDefsVector(file, new int[] {signature});
  }

  private int metadata() {
    SortedMap<String, Integer> entries = new TreeMap<>();
    entries.put("min_runtime_version", buffers.add(runtimeVersion(), RUNTIME_VERSION_BYTES));
    entries.put("thresher", buffers.add(provenance(), 0));
    List<Integer> offsets =
        entries.entrySet().stream()
            .map(e -> Metadata.createMetadata(file, file.createString(e.getKey()), e.getValue()))
            .toList();
    return Model.createMetadataVector(file, offsets.stream().mapToInt(Integer::intValue).toArray());
  }

  private String runtimeVersion() {
    boolean grouped =
        network.nodes().stream()
            .anyMatch(
                node ->
                    node.operator() instanceof Int8Operator.Convolution convolution
                        && convolution.groups() > 1);
    return grouped ? GROUPED_CONVOLUTION : INT8_KERNELS;
  }

  private String provenance() {
    try {
      return new ObjectMapper().writeValueAsString(network.model().properties());
    } catch (JsonProcessingException e) {
      throw new AssertionError("a map of texts has a JSON form", e);
    }
  }
}
