package dev.thresher.export;

/**
 * The two files of a quantized model in the documented form.
 *
 * @param json {@code model.json}
 * @param blob {@code model.bin}
 */
@SuppressWarnings("ArrayRecordComponent") // Two buffers on their way to a store; never compared.
public record QuantizedModelFiles(byte[] json, byte[] blob) {
  /** Name of the document. */
  public static final String JSON_NAME = "model.json";

  /** Name of the arrays that the document points into. */
  public static final String BLOB_NAME = "model.bin";
}
