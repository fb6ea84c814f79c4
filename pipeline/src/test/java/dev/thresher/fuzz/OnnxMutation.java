package dev.thresher.fuzz;

import java.util.List;
import java.util.Random;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;

/** Makes of a well-formed model another well-formed file with contents that nobody would export. */
final class OnnxMutation {
  private static final int MOST_STEPS = 4;
  private static final long[] EXTENTS = {
    0, 1, 2, 3, -1, -2, 7, 1 << 15, 1L << 31, 1L << 33, Long.MAX_VALUE, Long.MIN_VALUE
  };
  private static final List<String> TYPES =
      List.of(
          "Conv",
          "Relu",
          "Clip",
          "Add",
          "Mul",
          "Gemm",
          "MatMul",
          "Reshape",
          "Flatten",
          "Pad",
          "Transpose",
          "Concat",
          "Shape",
          "Gather",
          "Constant",
          "ConstantOfShape",
          "Slice",
          "Cast",
          "BatchNormalization",
          "GlobalAveragePool",
          "AveragePool",
          "ReduceMean",
          "Softmax",
          "Squeeze",
          "Unsqueeze",
          "Identity",
          "Expand",
          "Range",
          "Tile",
          "Loop");

  private OnnxMutation() {}

  static byte[] of(ModelProto model, Random random) {
    ModelProto.Builder mutated = model.toBuilder();
    int steps = 1 + random.nextInt(1 + random.nextInt(MOST_STEPS));
    for (int i = 0; i < steps; i++) {
      step(mutated.getGraphBuilder(), random);
    }
    if (random.nextInt(20) == 0) {
      mutated.getOpsetImportBuilder(0).setVersion(EXTENTS[random.nextInt(EXTENTS.length)]);
    }
    return mutated.build().toByteArray();
  }

  private static void step(GraphProto.Builder graph, Random random) {
    switch (random.nextInt(8)) {
      case 0 -> rewire(node(graph, random), graph, random);
      case 1 -> node(graph, random).setOpType(TYPES.get(random.nextInt(TYPES.size())));
      case 2 -> attribute(node(graph, random), random);
      case 3, 4 -> tensor(graph, random);
      case 5 -> input(graph, random);
      case 6 -> {
        if (graph.getNodeCount() > 1) {
          graph.removeNode(random.nextInt(graph.getNodeCount()));
        }
      }
      default -> {
        NodeProto copy = node(graph, random).build();
        graph.addNode(copy.toBuilder().setName("copy"));
      }
    }
  }

  private static NodeProto.Builder node(GraphProto.Builder graph, Random random) {
    return graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
  }

  /** Reads what another node computes: a cycle, or a map of another shape. */
  private static void rewire(NodeProto.Builder node, GraphProto.Builder graph, Random random) {
    String other = node(graph, random).getOutput(0);
    if (node.getInputCount() == 0 || random.nextInt(8) == 0) {
      node.addInput(other);
    } else {
      node.setInput(random.nextInt(node.getInputCount()), other);
    }
  }

  private static void attribute(NodeProto.Builder node, Random random) {
    if (node.getAttributeCount() == 0) {
      String name = random.nextBoolean() ? "axis" : "axes";
      node.addAttribute(AttributeProto.newBuilder().setName(name).addInts(extent(random)));
      return;
    }
    AttributeProto.Builder attribute =
        node.getAttributeBuilder(random.nextInt(node.getAttributeCount()));
    if (attribute.getIntsCount() > 0 && random.nextInt(4) != 0) {
      attribute.setInts(random.nextInt(attribute.getIntsCount()), extent(random));
    } else if (random.nextBoolean()) {
      attribute.setI(extent(random)).addInts(extent(random));
    } else {
      attribute.setF(Float.intBitsToFloat(random.nextInt())).clearInts();
    }
  }

  private static void tensor(GraphProto.Builder graph, Random random) {
    if (graph.getInitializerCount() == 0) {
      return;
    }
    TensorProto.Builder tensor =
        graph.getInitializerBuilder(random.nextInt(graph.getInitializerCount()));
    switch (random.nextInt(5)) {
      case 0 -> tensor.setDataType(random.nextInt(20));
      case 1 -> tensor.addDims(extent(random));
      case 2 ->
          tensor
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addExternalData(
                  StringStringEntryProto.newBuilder()
                      .setKey("location")
                      .setValue("../../../../etc/passwd"));
      case 3 -> {
        for (int i = 0; i < tensor.getInt64DataCount(); i++) {
          tensor.setInt64Data(i, extent(random));
        }
      }
      default -> {
        if (tensor.getDimsCount() > 0) {
          tensor.setDims(random.nextInt(tensor.getDimsCount()), extent(random));
        }
      }
    }
  }

  private static void input(GraphProto.Builder graph, Random random) {
    var shape = graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
    if (shape.getDimCount() == 0) {
      shape.addDimBuilder().setDimValue(extent(random));
    } else {
      shape.getDimBuilder(random.nextInt(shape.getDimCount())).setDimValue(extent(random));
    }
  }

  private static long extent(Random random) {
    return random.nextInt(3) == 0 ? random.nextInt(12) : EXTENTS[random.nextInt(EXTENTS.length)];
  }
}
