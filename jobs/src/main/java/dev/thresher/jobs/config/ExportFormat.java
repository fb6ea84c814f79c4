package dev.thresher.jobs.config;

/** Files that the quantized network can be written as. */
public enum ExportFormat {
  /** ONNX with QuantizeLinear and DequantizeLinear. */
  ONNX,
  /** TFLite flatbuffer. */
  TFLITE,
  /** Documented JSON and binary. */
  JSON,
  /** AIMET's encodings beside the float network. */
  AIMET
}
