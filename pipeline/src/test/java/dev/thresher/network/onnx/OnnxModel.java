package dev.thresher.network.onnx;

import dev.thresher.network.FloatNetwork;
import dev.thresher.network.NetworkReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/** Builds small ONNX models in memory, as exporters would write them. */
public final class OnnxModel {
  /** Stands for an extent that the file leaves open. */
  public static final long OPEN = -1;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private final Random random = new Random(7);
  private final int opset;

  private OnnxModel(int opset) {
    this.opset = opset;
  }

  public static OnnxModel opset(int opset) {
    return new OnnxModel(opset);
  }

  public OnnxModel input(String name, long... dims) {
    graph.addInput(info(name, dims));
    return this;
  }

  public OnnxModel output(String name) {
    TypeProto.Tensor type = TypeProto.Tensor.newBuilder().setElemType(1).build();
    graph.addOutput(
        ValueInfoProto.newBuilder()
            .setName(name)
            .setType(TypeProto.newBuilder().setTensorType(type)));
    return this;
  }

  private static ValueInfoProto info(String name, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      TensorShapeProto.Dimension.Builder builder = shape.addDimBuilder();
      if (dim == OPEN) {
        builder.setDimParam("open" + shape.getDimCount());
      } else {
        builder.setDimValue(dim);
      }
    }
    TypeProto.Tensor type = TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }

  /** Random weights in [-0.5, 0.5) kept as raw bytes. */
  public OnnxModel weights(String name, long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(1)
            .addAllDims(list(dims))
            .setRawData(ByteString.copyFrom(raw)));
  }

  /** Given values kept as float_data. */
  public OnnxModel floats(String name, long[] dims, float... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(1).addAllDims(list(dims));
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor(tensor);
  }

  public OnnxModel scalar(String name, float value) {
    return floats(name, new long[0], value);
  }

  public OnnxModel longs(String name, long... values) {
    return tensor(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(7)
            .addDims(values.length)
            .addAllInt64Data(list(values)));
  }

  public OnnxModel longScalar(String name, long value) {
    return tensor(TensorProto.newBuilder().setName(name).setDataType(7).addInt64Data(value));
  }

  public OnnxModel tensor(TensorProto.Builder tensor) {
    graph.addInitializer(tensor);
    return this;
  }

  /** A node named by its output, with comma-separated inputs. */
  public OnnxModel node(String type, String inputs, String output, AttributeProto... attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType(type).setName(output + "_node").addOutput(output);
    if (!inputs.isEmpty()) {
      node.addAllInput(Arrays.asList(inputs.split(",", -1)));
    }
    graph.addNode(node.addAllAttribute(List.of(attributes)));
    return this;
  }

  /** Pool, flatten, multiply: from a map of 8 channels to 5 logits, the output "logits". */
  public OnnxModel head(String map) {
    return weights("head_w", 5, 8)
        .weights("head_b", 5)
        .node("GlobalAveragePool", map, "pooled")
        .node("Flatten", "pooled", "flat")
        .node("Gemm", "flat,head_w,head_b", "logits", integer("transB", 1))
        .output("logits");
  }

  public static AttributeProto ints(String name, long... values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addAllInts(list(values))
        .build();
  }

  public static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  public static AttributeProto real(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  public static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  public static AttributeProto value(TensorProto value) {
    return AttributeProto.newBuilder()
        .setName("value")
        .setType(AttributeProto.AttributeType.TENSOR)
        .setT(value)
        .build();
  }

  private static List<Long> list(long... values) {
    return Arrays.stream(values).boxed().toList();
  }

  public byte[] bytes() {
    return ModelProto.newBuilder()
        .setIrVersion(7)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  public FloatNetwork read() {
    return NetworkReader.read(bytes(), "test.onnx", OptionalInt.empty());
  }
}
