package dev.thresher.network.onnx;

import dev.thresher.network.NetworkFormatException;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import org.nd4j.shade.protobuf.Descriptors.Descriptor;
import org.nd4j.shade.protobuf.Descriptors.FieldDescriptor;
import org.nd4j.shade.protobuf.Descriptors.FieldDescriptor.JavaType;

/**
 * Looks through the bytes of an ONNX file, as Protocol Buffers write them down, before objects are
 * made of them: two bytes may stand for an object of two hundred, and nested groups for a stack
 * that overflows.
 *
 * <p>Takes no memory, and time for what is counted only: weights are passed over.
 */
final class OnnxWire {
  /** The largest networks for phones, written out without being simplified, have some thousand. */
  private static final int MOST_NODES = 50_000;

  /** Nodes, attributes, tensors, their dimensions, names: all that becomes an object. */
  private static final int MOST_OBJECTS = 1_000_000;

  /** Numbers that take more room in memory than in the file. */
  private static final long MOST_NUMBERS = 32 << 20;

  /** A graph within an attribute of a node is three deep; nobody needs ten of them. */
  private static final int DEEPEST = 30;

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final byte[] file;
  private final String model;
  private int at;
  private int nodes;
  private int objects;
  private long numbers;

  private OnnxWire(byte[] file, String model) {
    this.file = file;
    this.model = model;
  }

  /**
   * Refuses a file of more nodes or objects than any network for phones has.
   *
   * @param model name of the file, for messages
   */
  static void check(byte[] file, String model) {
    OnnxWire wire = new OnnxWire(file, model);
    wire.message(ModelProto.getDescriptor(), file.length, 0);
  }

  private void message(Descriptor type, int end, int depth) {
    count(type);
    if (depth > DEEPEST) {
      throw refuse("its graphs are nested more than " + DEEPEST + " deep");
    }
    while (at < end) {
      long tag = varint(end);
      FieldDescriptor field =
          tag >>> 3 > Integer.MAX_VALUE ? null : type.findFieldByNumber((int) (tag >>> 3));
      switch ((int) (tag & 7)) {
        case VARINT -> {
          varint(end);
          number(field);
        }
        case FIXED_64 -> {
          skip(Long.BYTES, end);
          number(field);
        }
        case FIXED_32 -> {
          skip(Integer.BYTES, end);
          number(field);
        }
        case BYTES -> bytes(field, end, depth);
        default -> throw damaged();
      }
    }
  }

  private void bytes(FieldDescriptor field, int end, int depth) {
    long length = varint(end);
    if (length < 0 || length > end - at) {
      throw damaged();
    }
    int inner = at + (int) length;
    if (field != null && field.getJavaType() == JavaType.MESSAGE) {
      message(field.getMessageType(), inner, depth + 1);
    } else if (field != null && field.isPackable()) {
      numbers += isFixed(field) ? length / Integer.BYTES : length;
      checkNumbers();
    } else {
      countObject();
    }
    at = inner;
  }

  private static boolean isFixed(FieldDescriptor field) {
    return field.getJavaType() == JavaType.FLOAT || field.getJavaType() == JavaType.DOUBLE;
  }

  /** One that is not packed; where nobody knows it, an object is made of it. */
  private void number(FieldDescriptor field) {
    if (field == null) {
      countObject();
    } else if (field.isRepeated()) {
      numbers++;
      checkNumbers();
    }
  }

  private void checkNumbers() {
    if (numbers > MOST_NUMBERS) {
      throw refuse(
          "more than "
              + MOST_NUMBERS
              + " numbers of it are written one by one; export it with weights as raw data");
    }
  }

  private void count(Descriptor type) {
    countObject();
    if (type == NodeProto.getDescriptor() && ++nodes > MOST_NODES) {
      throw refuse(
          "it has more than "
              + MOST_NODES
              + " nodes; simplify it when it is exported, for example with onnxsim");
    }
  }

  private void countObject() {
    if (++objects > MOST_OBJECTS) {
      throw refuse("it consists of more than " + MOST_OBJECTS + " parts");
    }
  }

  private long varint(int end) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at >= end) {
        throw damaged();
      }
      byte b = file[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  private void skip(int bytes, int end) {
    if (bytes > end - at) {
      throw damaged();
    }
    at += bytes;
  }

  private NetworkFormatException damaged() {
    return refuse("it is not a complete ONNX file; check that it was copied whole");
  }

  private NetworkFormatException refuse(String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason + ".");
  }
}
