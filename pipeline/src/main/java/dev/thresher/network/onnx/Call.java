package dev.thresher.network.onnx;

import dev.thresher.network.GraphBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;

/**
 * One ONNX node with what its inputs are known to be.
 *
 * <p>Its methods and the operators throw IllegalArgumentException with the reason; the importer
 * puts the file and the node before it.
 *
 * @param tensors reads the constants that the node itself holds
 * @param opset version of the default operator set
 * @param name of the node
 * @param node as the file has it
 * @param inputs by position; an omitted input is empty
 * @param builder takes the nodes of the network
 */
record Call(
    OnnxTensors tensors,
    int opset,
    String name,
    NodeProto node,
    List<Optional<Value>> inputs,
    GraphBuilder builder) {

  String type() {
    return node.getOpType();
  }

  /** The same call reading one value in place of another. */
  Call with(Value from, Value to) {
    List<Optional<Value>> replaced =
        inputs.stream().map(in -> in.map(value -> value == from ? to : value)).toList();
    return new Call(tensors, opset, name, node, replaced, builder);
  }

  Optional<Value> input(int position) {
    return position < inputs.size() ? inputs.get(position) : Optional.empty();
  }

  /** The input computed from the image at a position. */
  Feature feature(int position) {
    if (input(position).orElse(null) instanceof Feature feature) {
      return feature;
    }
    throw new IllegalArgumentException(
        "its input " + position + " must be computed from the image.");
  }

  /** The input at a position, which must be [N, C, H, W]. */
  Feature map(int position) {
    Feature feature = feature(position);
    if (!feature.isChannelsFirst()) {
      throw new IllegalArgumentException(
          "its input " + feature.tensor() + " " + feature.axes() + " must be [N, C, H, W].");
    }
    return feature;
  }

  /** The constant input at a position. */
  Constant constant(int position) {
    return optionalConstant(position)
        .orElseThrow(() -> new IllegalArgumentException("its input " + position + " is missing."));
  }

  /** The constant input at a position, empty where it is omitted. */
  Optional<Constant> optionalConstant(int position) {
    Optional<Value> value = input(position);
    if (value.isPresent() && !(value.get() instanceof Constant)) {
      throw new IllegalArgumentException(
          "its input " + node.getInput(position) + " must be a constant of the file.");
    }
    return value.map(Constant.class::cast);
  }

  /** A constant that this node computes, value by value, in the order of the elements. */
  Constant computed(Element element, int[] dims, IntToDoubleFunction value) {
    return computed(element, Arrays.stream(dims).asLongStream().toArray(), value);
  }

  /** A constant of extents that are still to be checked. */
  Constant computed(Element element, long[] dims, IntToDoubleFunction value) {
    int[] extents = new int[dims.length];
    long size = OnnxTensors.size(dims);
    if (size < 0) {
      throw new IllegalArgumentException(
          "its extents " + Arrays.toString(dims) + " are negative or too large.");
    }
    tensors.allowance().make(size);
    Arrays.setAll(extents, i -> (int) dims[i]);
    double[] values = new double[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = element.round(value.applyAsDouble(i));
    }
    return new Constant(name, element, extents, values);
  }

  private Optional<AttributeProto> attribute(String attribute) {
    return node.getAttributeList().stream().filter(a -> a.getName().equals(attribute)).findFirst();
  }

  long integer(String attribute, long otherwise) {
    return attribute(attribute).map(AttributeProto::getI).orElse(otherwise);
  }

  double number(String attribute, double otherwise) {
    return attribute(attribute).map(a -> (double) a.getF()).orElse(otherwise);
  }

  String text(String attribute, String otherwise) {
    return attribute(attribute).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
  }

  Optional<long[]> integers(String attribute) {
    return attribute(attribute)
        .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray());
  }

  Optional<double[]> numbers(String attribute) {
    return attribute(attribute)
        .map(a -> a.getFloatsList().stream().mapToDouble(Float::doubleValue).toArray());
  }

  boolean has(String attribute) {
    return attribute(attribute).isPresent();
  }

  Optional<TensorProto> tensor(String attribute) {
    return attribute(attribute).map(AttributeProto::getT);
  }

  /** Integers that older operator sets keep in an attribute and newer ones in an input. */
  Optional<long[]> integersFrom(String attribute, int position) {
    Optional<long[]> fromAttribute = integers(attribute);
    return fromAttribute.isPresent()
        ? fromAttribute
        : optionalConstant(position).map(Constant::integers);
  }

  /** Integers of an attribute, each within [least, 2^15]. */
  int[] extents(String attribute, int count, int least) {
    long[] filled = new long[count];
    Arrays.fill(filled, least);
    long[] values = integers(attribute).orElse(filled);
    if (values.length != count
        || Arrays.stream(values).anyMatch(v -> v < least || v > OnnxReader.LARGEST_EXTENT)) {
      throw new IllegalArgumentException(
          attribute
              + " = "
              + Arrays.toString(values)
              + " must be "
              + count
              + " numbers from "
              + least
              + " to "
              + OnnxReader.LARGEST_EXTENT
              + ".");
    }
    return Arrays.stream(values).mapToInt(v -> (int) v).toArray();
  }
}
