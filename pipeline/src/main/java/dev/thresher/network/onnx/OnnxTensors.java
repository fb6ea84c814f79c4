package dev.thresher.network.onnx;

import dev.thresher.network.NetworkFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import onnx.Onnx.TensorProto;

/** Reads the values of a TensorProto, after checking that as many are there as its shape says. */
final class OnnxTensors {
  private OnnxTensors() {}

  /**
   * Decodes one tensor.
   *
   * @param model name of the file, for messages
   * @param origin name of the tensor, for messages
   */
  static Constant read(String model, String origin, TensorProto tensor) {
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw refuse(
          model,
          origin,
          "its values are kept in another file ("
              + location(tensor)
              + "); save the model as one file, for example with onnx.save_model(...,"
              + " save_as_external_data=False).");
    }
    TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
    if (type == null) {
      throw unsupported(model, origin, "type " + tensor.getDataType());
    }
    int[] dims = new int[tensor.getDimsCount()];
    long size = 1;
    for (int i = 0; i < dims.length; i++) {
      long dim = tensor.getDims(i);
      size = dim < 0 || dim > Integer.MAX_VALUE ? -1 : size * dim;
      if (size < 0 || size > Integer.MAX_VALUE) {
        throw refuse(
            model,
            origin,
            "its dimensions " + tensor.getDimsList() + " are negative or too large.");
      }
      dims[i] = (int) dim;
    }
    Values values = values(model, origin, type, tensor);
    if (values.size != size) {
      throw refuse(
          model,
          origin,
          "its dimensions "
              + tensor.getDimsList()
              + " hold "
              + size
              + " values, the file has "
              + values.size
              + "; the file is damaged or truncated.");
    }
    double[] result = new double[(int) size];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.reader.applyAsDouble(i);
    }
    return values.integral
        ? Constant.ofIntegers(origin, dims, result)
        : Constant.ofReals(origin, dims, result);
  }

  private record Values(double size, boolean integral, IntToDoubleFunction reader) {}

  private static Values values(
      String model, String origin, TensorProto.DataType type, TensorProto t) {
    ByteBuffer raw = t.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    boolean packed = raw.remaining() > 0;
    double bytes = raw.remaining();
    int ints = t.getInt32DataCount();
    return switch (type) {
      case FLOAT ->
          packed
              ? new Values(bytes / 4, false, i -> raw.getFloat(4 * i))
              : new Values(t.getFloatDataCount(), false, t::getFloatData);
      case DOUBLE ->
          packed
              ? new Values(bytes / 8, false, i -> raw.getDouble(8 * i))
              : new Values(t.getDoubleDataCount(), false, t::getDoubleData);
      case FLOAT16 ->
          packed
              ? new Values(bytes / 2, false, i -> half(raw.getShort(2 * i)))
              : new Values(ints, false, i -> half((short) t.getInt32Data(i)));
      case BFLOAT16 ->
          packed
              ? new Values(bytes / 2, false, i -> brain(raw.getShort(2 * i)))
              : new Values(ints, false, i -> brain((short) t.getInt32Data(i)));
      case INT64 ->
          packed
              ? new Values(bytes / 8, true, i -> raw.getLong(8 * i))
              : new Values(t.getInt64DataCount(), true, t::getInt64Data);
      case INT32 ->
          packed
              ? new Values(bytes / 4, true, i -> raw.getInt(4 * i))
              : new Values(ints, true, t::getInt32Data);
      case INT8 ->
          packed ? new Values(bytes, true, raw::get) : new Values(ints, true, t::getInt32Data);
      case UINT8, BOOL ->
          packed
              ? new Values(bytes, true, i -> raw.get(i) & 0xff)
              : new Values(ints, true, t::getInt32Data);
      default -> throw unsupported(model, origin, "type " + type);
    };
  }

  /** IEEE binary16 to binary32, exact. */
  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }

  private static float brain(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  private static String location(TensorProto tensor) {
    return tensor.getExternalDataList().stream()
        .filter(entry -> entry.getKey().equals("location"))
        .map(entry -> entry.getValue())
        .findFirst()
        .orElse("unnamed");
  }

  private static NetworkFormatException unsupported(String model, String origin, String what) {
    return refuse(
        model,
        origin,
        "it is of "
            + what
            + "; supported are FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT8, UINT8, INT32, INT64 and"
            + " BOOL.");
  }

  private static NetworkFormatException refuse(String model, String origin, String reason) {
    return new NetworkFormatException(
        "Cannot import " + model + ": the tensor " + origin + " cannot be read: " + reason);
  }
}
