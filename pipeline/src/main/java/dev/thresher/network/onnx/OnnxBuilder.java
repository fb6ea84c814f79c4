package dev.thresher.network.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * Assembles an ONNX model (opset 13) call by call; the same calls give the same bytes.
 *
 * <p>Names are made unique by a suffix, in the order of the calls. Constants are stored raw,
 * little-endian. Not thread-safe.
 */
public final class OnnxBuilder {
  /** Per-axis DequantizeLinear needs 13; every runtime in use reads it. */
  private static final int OPSET = 13;

  /** The IR of ONNX 1.8, the first with opset 13. */
  private static final int IR_VERSION = 7;

  private static final String BATCH = "batch";

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> names = new HashSet<>();

  /** Starts an empty graph of a name. */
  public OnnxBuilder(String name) {
    graph.setName(name);
  }

  /** Takes a name: the one wanted, or with the first free suffix {@code _2}, {@code _3}... */
  public String unique(String wanted) {
    String name = wanted;
    for (int i = 2; !names.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  /** Declares the float32 input [batch, extents...]; takes its name as it is. */
  public void input(String name, int... extents) {
    names.add(name);
    graph.addInput(value(name, extents));
  }

  /** Declares the float32 output [batch, extents...], a name that a node writes. */
  public void output(String name, int... extents) {
    graph.addOutput(value(name, extents));
  }

  private static ValueInfoProto value(String name, int... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(BATCH));
    for (int extent : extents) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  /**
   * Adds a node with one output, whose name it shares.
   *
   * @param operator ONNX operator type
   * @param output name of the output, taken before by {@link #unique}
   * @param inputs names of the inputs
   */
  public void node(
      String operator, String output, List<String> inputs, List<AttributeProto> attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setName(output)
            .setOpType(operator)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(attributes));
  }

  /** Adds a node without attributes. */
  public void node(String operator, String output, String... inputs) {
    node(operator, output, List.of(inputs), List.of());
  }

  /** An integer attribute. */
  public static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** A real attribute. */
  public static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  /** An attribute of several integers. */
  public static AttributeProto attribute(String name, int... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  /** Adds a float32 constant; no extents make a scalar. */
  public String constant(String name, float[] values, int... shape) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return constant(name, TensorProto.DataType.FLOAT, raw.array(), shape);
  }

  /** Adds an int32 constant. */
  public String constant(String name, int[] values, int... shape) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asIntBuffer().put(values);
    return constant(name, TensorProto.DataType.INT32, raw.array(), shape);
  }

  /** Adds an int64 vector, as shapes are given. */
  public String constant(String name, long... values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.INT64, raw.array(), values.length);
  }

  /** Adds an int8 constant. */
  public String int8(String name, byte[] values, int... shape) {
    return constant(name, TensorProto.DataType.INT8, values, shape);
  }

  /** Adds a uint8 scalar. */
  public String uint8(String name, int value) {
    return constant(name, TensorProto.DataType.UINT8, new byte[] {(byte) value});
  }

  private String constant(String wanted, TensorProto.DataType type, byte[] raw, int... shape) {
    String name = unique(wanted);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(raw));
    Arrays.stream(shape).forEach(tensor::addDims);
    graph.addInitializer(tensor);
    return name;
  }

  /**
   * The bytes of the model file.
   *
   * @param version of this program, written as the producer's
   * @param metadata written as {@code metadata_props}, in order of the keys
   */
  public byte[] build(String version, SortedMap<String, String> metadata) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("thresher")
            .setProducerVersion(version)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph);
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      model.addMetadataProps(
          StringStringEntryProto.newBuilder().setKey(entry.getKey()).setValue(entry.getValue()));
    }
    return model.build().toByteArray();
  }
}
