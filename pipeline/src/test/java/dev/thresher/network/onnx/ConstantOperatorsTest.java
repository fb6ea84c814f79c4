package dev.thresher.network.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.thresher.network.ModelFolder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What constants alone are behind has the value that ONNX Runtime computes for it. */
class ConstantOperatorsTest {
  private static final int TRIALS = 40;
  private static final int OPSET = 18;
  private static final int FLOAT = 1;
  private static final int INT32 = 6;
  private static final int INT64 = 7;
  private static final int BOOL = 9;

  private final List<TensorProto> inputs = new ArrayList<>();
  private final List<AttributeProto> attributes = new ArrayList<>();
  private Random random;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Mod",
        "Min",
        "Max",
        "Equal",
        "Less",
        "GreaterOrEqual",
        "Where",
        "Floor",
        "Ceil",
        "Round",
        "Neg",
        "Abs",
        "Sign",
        "Cast",
        "CastLike",
        "Range",
        "Expand",
        "Tile",
        "ConstantOfShape",
        "Shape",
        "Transpose",
        "Slice",
        "Concat",
        "Pad",
        "Gather",
        "GatherND",
        "ScatterND",
        "NonZero",
        "ReduceSum",
        "ReduceMean",
        "ReduceMax",
        "ReduceProd",
        "ReduceL2",
        "Flatten",
        "Unsqueeze"
      })
  void valuesAreThoseOfOnnxRuntime(String type) throws OrtException {
    for (int trial = 0; trial < TRIALS; trial++) {
      random = new Random(31L * trial + type.hashCode());
      inputs.clear();
      attributes.clear();
      describe(type, random.nextBoolean() ? FLOAT : INT64);
      NodeProto node = node(type);
      Constant ours = (Constant) Operators.apply(call(node));
      compare(type + ", trial " + trial, ours, node);
    }
  }

  private void describe(String type, int element) {
    long[] dims = dims(1 + random.nextInt(3), 4);
    switch (type) {
      case "Add", "Sub", "Mul", "Min", "Max", "Less", "GreaterOrEqual", "Equal" ->
          add(tensor(element, dims), tensor(element, spreadable(dims)));
      case "Div", "Mod" -> add(tensor(INT64, dims), numbers(INT64, new long[] {1}, nonZero()));
      case "Where" ->
          add(
              numbers(BOOL, dims, bits(dims)),
              tensor(element, spreadable(dims)),
              tensor(element, dims));
      case "Floor", "Ceil", "Round" -> add(tensor(FLOAT, dims));
      case "Neg", "Abs", "Sign", "Shape", "NonZero" -> add(tensor(element, dims));
      case "Cast" -> {
        add(tensor(element, dims));
        attributes.add(
            OnnxModel.integer("to", List.of(FLOAT, INT32, INT64, BOOL).get(random.nextInt(4))));
      }
      case "CastLike" -> add(tensor(FLOAT, dims), tensor(INT64, new long[] {1}));
      case "Range" ->
          add(scalar(random.nextInt(9) - 4), scalar(random.nextInt(30) - 15), scalar(nonZero()));
      case "Expand" -> {
        long[] from = spreadable(dims);
        add(tensor(element, from), vector(dims));
      }
      case "Tile" -> add(tensor(element, dims), vector(dims(dims.length, 3)));
      case "ConstantOfShape" -> {
        add(vector(dims));
        attributes.add(OnnxModel.value(numbers(INT64, new long[] {1}, 7)));
      }
      case "Transpose" -> {
        add(tensor(element, dims));
        attributes.add(OnnxModel.ints("perm", permutation(dims.length)));
      }
      case "Slice" -> slice(element, dims);
      case "Concat" -> {
        int axis = random.nextInt(dims.length);
        long[] other = dims.clone();
        other[axis] = 1L + random.nextInt(4);
        add(tensor(element, dims), tensor(element, other), tensor(element, dims));
        attributes.add(OnnxModel.integer("axis", axis - (random.nextBoolean() ? dims.length : 0)));
      }
      case "Pad" ->
          add(
              tensor(element, dims),
              vector(random.longs(2L * dims.length, 0, 3).toArray()),
              numbers(element, new long[0], 5));
      case "Gather" -> {
        int axis = random.nextInt(dims.length);
        long[] shape = dims(random.nextInt(3), 3);
        add(tensor(element, dims), indices(shape, -dims[axis], dims[axis]));
        attributes.add(OnnxModel.integer("axis", axis));
      }
      case "GatherND" -> {
        long least = Arrays.stream(dims).min().orElseThrow();
        long[] shape = {2, 1 + random.nextInt(dims.length)};
        add(tensor(element, dims), indices(shape, -least, least));
      }
      case "ScatterND" ->
          add(
              tensor(element, new long[] {4, 3}),
              numbers(INT64, new long[] {2, 1}, random.nextInt(2), 2 + random.nextInt(2)),
              tensor(element, new long[] {2, 3}));
      case "Flatten" -> {
        add(tensor(element, dims));
        attributes.add(OnnxModel.integer("axis", random.nextInt(dims.length + 1)));
      }
      case "Unsqueeze" -> add(tensor(element, dims), vector(0, -1));
      default -> {
        add(tensor(FLOAT, dims), vector(random.nextInt(dims.length)));
        attributes.add(OnnxModel.integer("keepdims", random.nextInt(2)));
      }
    }
  }

  private void slice(int element, long[] dims) {
    long[] ends = {0, 2, -1, Long.MAX_VALUE, -100, Integer.MAX_VALUE};
    long step = List.of(1, 2, -1, -3).get(random.nextInt(4));
    add(
        tensor(element, dims),
        vector(random.nextInt(11) - 5),
        vector(ends[random.nextInt(ends.length)]),
        vector(random.nextInt(dims.length)),
        vector(step));
  }

  private void add(TensorProto... tensors) {
    for (TensorProto tensor : tensors) {
      inputs.add(tensor.toBuilder().setName("i" + inputs.size()).build());
    }
  }

  private long nonZero() {
    return (1 + random.nextInt(3)) * (random.nextBoolean() ? 1L : -1);
  }

  private long[] dims(int rank, int most) {
    return random.longs(rank, 1, most + 1L).toArray();
  }

  /** Dimensions that broadcast to others: some of them one, the first of them perhaps left out. */
  private long[] spreadable(long[] dims) {
    long[] part = Arrays.copyOfRange(dims, random.nextInt(dims.length), dims.length);
    for (int i = 0; i < part.length; i++) {
      part[i] = random.nextBoolean() ? 1 : part[i];
    }
    return part;
  }

  private long[] permutation(int rank) {
    List<Long> order = new ArrayList<>();
    for (long i = 0; i < rank; i++) {
      order.add(random.nextInt(order.size() + 1), i);
    }
    return order.stream().mapToLong(Long::longValue).toArray();
  }

  private static int size(long... dims) {
    return (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
  }

  private long[] bits(long[] dims) {
    return random.longs(size(dims), 0, 2).toArray();
  }

  private TensorProto indices(long[] dims, long from, long to) {
    return numbers(INT64, dims, random.longs(size(dims), from, to).toArray());
  }

  private TensorProto tensor(int element, long[] dims) {
    return numbers(element, dims, random.longs(size(dims), -7, 8).toArray());
  }

  private static TensorProto vector(long... values) {
    return numbers(INT64, new long[] {values.length}, values);
  }

  private static TensorProto scalar(long value) {
    return numbers(INT64, new long[0], value);
  }

  private static TensorProto numbers(int element, long[] dims, long... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(element);
    Arrays.stream(dims).forEach(tensor::addDims);
    for (long value : values) {
      switch (element) {
        case FLOAT -> tensor.addFloatData(value / 2f);
        case INT64 -> tensor.addInt64Data(value);
        default -> tensor.addInt32Data((int) value);
      }
    }
    return tensor.build();
  }

  private NodeProto node(String type) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType(type).setName("n").addOutput("y");
    inputs.forEach(tensor -> node.addInput(tensor.getName()));
    return node.addAllAttribute(attributes).build();
  }

  private Call call(NodeProto node) {
    OnnxTensors tensors =
        new OnnxTensors("test.onnx", new ExternalData(ModelFolder.NONE), new Allowance());
    List<Optional<Value>> values = new ArrayList<>();
    inputs.forEach(tensor -> values.add(Optional.of(tensors.read(tensor.getName(), tensor))));
    return new Call(tensors, OPSET, "n", node, values, null);
  }

  private void compare(String trial, Constant ours, NodeProto node) throws OrtException {
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("g")
            .addNode(node)
            .addAllInitializer(inputs)
            .addOutput(ValueInfoProto.newBuilder().setName("y"))
            .build();
    byte[] model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .setGraph(graph)
            .build()
            .toByteArray();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(model);
        OrtSession.Result result = session.run(Map.of())) {
      OnnxTensor theirs = (OnnxTensor) result.get(0);
      long[] shape = Arrays.stream(ours.dims()).asLongStream().toArray();
      assertThat(shape).as(trial).containsExactly(theirs.getInfo().getShape());
      double[] expected = values(theirs);
      for (int i = 0; i < expected.length; i++) {
        assertThat(ours.value(i)).as(trial + " at " + i).isCloseTo(expected[i], within(1e-4));
      }
    }
  }

  private static double[] values(OnnxTensor tensor) {
    int size = size(tensor.getInfo().getShape());
    double[] values = new double[size];
    ByteBuffer bytes = size == 0 ? ByteBuffer.allocate(0) : tensor.getByteBuffer();
    for (int i = 0; i < size; i++) {
      values[i] =
          switch (tensor.getInfo().type) {
            case FLOAT -> bytes.getFloat(Float.BYTES * i);
            case INT64 -> (double) bytes.getLong(Long.BYTES * i);
            case INT32 -> bytes.getInt(Integer.BYTES * i);
            default -> bytes.get(i);
          };
    }
    return values;
  }

  @Test
  void aSmallFileCannotAskForAnyMemory() {
    OnnxModel model = OnnxPatterns.stem(13).floats("k0", new long[] {1}, 1);
    for (int i = 1; i <= 30; i++) {
      String before = "k" + (i - 1);
      model.node("Concat", before + "," + before, "k" + i, OnnxModel.integer("axis", 0));
    }
    model.node("Add", "c,k30", "a").head("a");
    assertThatThrownBy(model::read)
        .hasMessageContaining("(Concat) cannot be used: the constants of the file grow to more");
  }
}
