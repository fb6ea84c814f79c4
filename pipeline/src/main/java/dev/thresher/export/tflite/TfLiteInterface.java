package dev.thresher.export.tflite;

import org.tensorflow.lite.schema.TensorType;

/** What stands at the ends of a TFLite file; everything between is int8. */
public enum TfLiteInterface {
  /** The network's own codes. */
  INT8(TensorType.INT8),
  /** The same codes plus 128. */
  UINT8(TensorType.UINT8),
  /** Real values, quantized and dequantized within the file. */
  FLOAT(TensorType.FLOAT32);

  private final byte type;

  TfLiteInterface(byte type) {
    this.type = type;
  }

  /** The schema's number of the type. */
  byte type() {
    return type;
  }
}
