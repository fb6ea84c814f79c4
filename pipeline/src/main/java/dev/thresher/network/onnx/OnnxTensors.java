package dev.thresher.network.onnx;

import dev.thresher.network.NetworkFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import onnx.Onnx.TensorProto;

/**
 * Reads the values of a TensorProto, after checking that as many are there as its shape says.
 *
 * @param model name of the file, for messages
 * @param external the files beside it
 * @param allowance what its constants may take
 */
record OnnxTensors(String model, ExternalData external, Allowance allowance) {
  /**
   * Decodes one tensor.
   *
   * @param origin name of the tensor, for messages
   */
  Constant read(String origin, TensorProto tensor) {
    Element element =
        Element.of(tensor.getDataType())
            .orElseThrow(
                () ->
                    refuse(
                        origin,
                        "it is of type "
                            + Optional.<Object>ofNullable(
                                    TensorProto.DataType.forNumber(tensor.getDataType()))
                                .orElse(tensor.getDataType())
                            + "; supported are "
                            + Arrays.toString(Element.values())
                            + "."));
    long[] extents = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    long size = size(extents);
    if (size < 0) {
      throw refuse(
          origin, "its dimensions " + tensor.getDimsList() + " are negative or too large.");
    }
    Values values;
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      values = raw(element, external(origin, tensor));
    } else {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
      values = raw.remaining() > 0 ? raw(element, raw) : listed(element, tensor);
    }
    if (values.size != size) {
      throw refuse(
          origin,
          "its dimensions "
              + tensor.getDimsList()
              + " hold "
              + size
              + " values, the file has "
              + values.size
              + "; the file is damaged or truncated.");
    }
    allowance.read(size);
    double[] result = new double[(int) size];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.reader.applyAsDouble(i);
    }
    int[] dims = Arrays.stream(extents).mapToInt(extent -> (int) extent).toArray();
    return new Constant(origin, element, dims, result);
  }

  /** How many values dimensions hold; negative where one is, or where they are too many. */
  static long size(long[] dims) {
    long size = 1;
    for (long dim : dims) {
      if (dim < 0 || dim > Integer.MAX_VALUE) {
        return -1;
      }
      size *= dim;
      if (size > Integer.MAX_VALUE) {
        return -1;
      }
    }
    return size;
  }

  private ByteBuffer external(String origin, TensorProto tensor) {
    try {
      return external.bytes(tensor.getExternalDataList());
    } catch (IllegalArgumentException e) {
      throw refuse(origin, e.getMessage());
    }
  }

  private record Values(double size, IntToDoubleFunction reader) {}

  private static Values raw(Element element, ByteBuffer bytes) {
    ByteBuffer raw = bytes.order(ByteOrder.LITTLE_ENDIAN);
    int width =
        switch (element) {
          case DOUBLE, INT64, UINT64 -> Long.BYTES;
          case FLOAT, INT32, UINT32 -> Integer.BYTES;
          case FLOAT16, BFLOAT16, INT16, UINT16 -> Short.BYTES;
          case INT8, UINT8, BOOL -> Byte.BYTES;
        };
    IntToDoubleFunction reader =
        switch (element) {
          case DOUBLE -> i -> raw.getDouble(Long.BYTES * i);
          case FLOAT -> i -> raw.getFloat(Integer.BYTES * i);
          case FLOAT16 -> i -> half(raw.getShort(Short.BYTES * i));
          case BFLOAT16 -> i -> brain(raw.getShort(Short.BYTES * i));
          case INT64 -> i -> raw.getLong(Long.BYTES * i);
          case UINT64 -> i -> unsigned(raw.getLong(Long.BYTES * i));
          case INT32 -> i -> raw.getInt(Integer.BYTES * i);
          case UINT32 -> i -> Integer.toUnsignedLong(raw.getInt(Integer.BYTES * i));
          case INT16 -> i -> raw.getShort(Short.BYTES * i);
          case UINT16 -> i -> Short.toUnsignedInt(raw.getShort(Short.BYTES * i));
          case INT8 -> raw::get;
          case UINT8, BOOL -> i -> Byte.toUnsignedInt(raw.get(i));
        };
    return new Values((double) raw.remaining() / width, reader);
  }

  private static double unsigned(long value) {
    return value < 0 ? (value >>> 1) * 2.0 : value;
  }

  private static Values listed(Element element, TensorProto t) {
    return switch (element) {
      case FLOAT -> new Values(t.getFloatDataCount(), t::getFloatData);
      case DOUBLE -> new Values(t.getDoubleDataCount(), t::getDoubleData);
      case INT64 -> new Values(t.getInt64DataCount(), t::getInt64Data);
      case UINT64, UINT32 -> new Values(t.getUint64DataCount(), i -> unsigned(t.getUint64Data(i)));
      case FLOAT16 -> new Values(t.getInt32DataCount(), i -> half((short) t.getInt32Data(i)));
      case BFLOAT16 -> new Values(t.getInt32DataCount(), i -> brain((short) t.getInt32Data(i)));
      case INT32, INT16, UINT16, INT8, UINT8, BOOL ->
          new Values(t.getInt32DataCount(), t::getInt32Data);
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

  private NetworkFormatException refuse(String origin, String reason) {
    return new NetworkFormatException(
        "Cannot import " + model + ": the tensor " + origin + " cannot be read: " + reason);
  }
}
