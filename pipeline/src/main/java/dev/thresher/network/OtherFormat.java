package dev.thresher.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Files that people take for a network that can be read, and the command that makes one of them.
 * The conversions were tried with tf2onnx 1.17 and TensorFlow 2.21.
 */
public final class OtherFormat {
  private static final String ANY = "; give an .onnx, .keras or Keras .h5 model";
  private static final int TEXT_PROBE = 512;
  private static final int PICKLE = 0x80;
  private static final int NEWEST_PICKLE = 5;

  private OtherFormat() {}

  /** What a folder of TensorFlow's SavedModel is, and what to do. */
  public static String savedModel(String folder) {
    return "it is a SavedModel of TensorFlow; convert it: pip install tensorflow tf2onnx &&"
        + " python -m tf2onnx.convert --saved-model "
        + folder
        + " --output model.onnx";
  }

  /** What a file is and what to do; empty for what may be ONNX. */
  static Optional<String> of(byte[] bytes, String fileName) {
    if (bytes.length == 0) {
      return Optional.of("it is empty" + ANY);
    }
    if (starts(bytes, 0, "version https://git-lfs")) {
      return Optional.of(
          "it is a Git LFS pointer, not the model; fetch the model with git lfs pull" + ANY);
    }
    if (isText(bytes)) {
      return Optional.of("it is a text file" + ANY);
    }
    if (starts(bytes, 4, "TFL3")) {
      return Optional.of(
          "it is a TFLite model. If it is a float one, convert it: pip install tensorflow tf2onnx &&"
              + " python -m tf2onnx.convert --tflite "
              + fileName
              + " --output model.onnx");
    }
    if ((bytes[0] & 0xFF) == PICKLE && bytes.length > 1 && bytes[1] <= NEWEST_PICKLE) {
      return Optional.of(
          "it holds Python objects, as PyTorch's older files do. Export the network:"
              + " torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), 'model.onnx')");
    }
    if (isSafetensors(bytes)) {
      return Optional.of(
          "it holds weights only (safetensors). Load them into the model in Python and export it:"
              + " torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), 'model.onnx')");
    }
    if (fileName.equals("saved_model.pb")) {
      return Optional.of(savedModel("FOLDER"));
    }
    return Optional.empty();
  }

  private static boolean starts(byte[] bytes, int at, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length < at + wanted.length) {
      return false;
    }
    return ByteBuffer.wrap(bytes, at, wanted.length).equals(ByteBuffer.wrap(wanted));
  }

  /** The length of a header, then the header, a JSON object. */
  private static boolean isSafetensors(byte[] bytes) {
    if (bytes.length < 10 || bytes[8] != '{') {
      return false;
    }
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return header > 0 && header <= bytes.length - 8L;
  }

  /**
   * No control characters but tabs and line ends; a protobuf begins with one, the tag of a field.
   */
  private static boolean isText(byte[] bytes) {
    for (int i = 0; i < Math.min(bytes.length, TEXT_PROBE); i++) {
      byte b = bytes[i];
      if (b >= 0 && b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f') {
        return false;
      }
    }
    return true;
  }
}
