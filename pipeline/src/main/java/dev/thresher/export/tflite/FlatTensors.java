package dev.thresher.export.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.QuantizationDetails;
import org.tensorflow.lite.schema.QuantizationParameters;
import org.tensorflow.lite.schema.Tensor;
import org.tensorflow.lite.schema.TensorType;

/** The tensors of a file by name. */
final class FlatTensors {
  private static final int UNUSED = 0;

  private final FlatBufferBuilder file;
  private final List<Integer> offsets = new ArrayList<>();
  private final Map<String, Integer> indices = new LinkedHashMap<>();
  private final Map<Integer, Integer> zeros = new HashMap<>();

  FlatTensors(FlatBufferBuilder file) {
    this.file = file;
  }

  /** An activation: the batch is 1 until the interpreter is asked for another. */
  void activation(Int8Tensor tensor, String name, byte type) {
    int[] extents = tensor.extents();
    int[] signature = extents.clone();
    signature[0] = -1;
    int quantization = type == TensorType.FLOAT32 ? UNUSED : quantization(tensor, type);
    add(name, extents, signature, type, UNUSED, quantization);
  }

  private int quantization(Int8Tensor tensor, byte type) {
    int zeroPoint = tensor.zeroPoint() + (type == TensorType.UINT8 ? Int8Tensor.OFFSET : 0);
    int scale = QuantizationParameters.createScaleVector(file, new float[] {tensor.scale()});
    int zero = QuantizationParameters.createZeroPointVector(file, new long[] {zeroPoint});
    return quantization(scale, zero, 0);
  }

  private int quantization(int scales, int zeroPoints, int dimension) {
    return QuantizationParameters.createQuantizationParameters(
        file, UNUSED, UNUSED, scales, zeroPoints, QuantizationDetails.NONE, UNUSED, dimension);
  }

  /** A constant with one scale, or one for each index of a dimension; its zero points are zero. */
  void constant(String name, int[] extents, byte type, int buffer, float[] scales, int dimension) {
    int scale = QuantizationParameters.createScaleVector(file, scales);
    // One vector of zeros serves every tensor of as many filters.
    int zero =
        zeros.computeIfAbsent(
            scales.length,
            length -> QuantizationParameters.createZeroPointVector(file, new long[length]));
    add(name, extents, null, type, buffer, quantization(scale, zero, dimension));
  }

  /** A constant of codes on an activation's grid, one for all elements. */
  void code(String name, Int8Tensor like, int buffer) {
    int quantization = quantization(like, TensorType.INT8);
    add(name, new int[] {1}, null, TensorType.INT8, buffer, quantization);
  }

  /** A constant of numbers that are no quantities, such as extents. */
  void plain(String name, int[] extents, int buffer) {
    add(name, extents, null, TensorType.INT32, buffer, UNUSED);
  }

  private void add(
      String name, int[] extents, int[] signature, byte type, int buffer, int quantization) {
    int shape = Tensor.createShapeVector(file, extents);
    int text = file.createString(name);
    int dynamic = signature == null ? UNUSED : Tensor.createShapeSignatureVector(file, signature);
    offsets.add(
        Tensor.createTensor(
            file, shape, type, buffer, text, quantization, false, UNUSED, dynamic, true, UNUSED));
    if (indices.put(name, indices.size()) != null) {
      throw new IllegalStateException("two tensors are named " + name);
    }
  }

  boolean contains(String name) {
    return indices.containsKey(name);
  }

  int index(String name) {
    return indices.get(name);
  }

  int[] offsets() {
    return offsets.stream().mapToInt(Integer::intValue).toArray();
  }
}
