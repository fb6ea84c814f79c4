package dev.thresher.export;

/** The words of model.json that writer and reader share; FORMAT.md explains them. */
final class Format {
  static final String NAME = "thresher-integer-network";
  static final int VERSION = 1;
  static final String ROUNDING = "half-to-even";
  static final String BYTE_ORDER = "little-endian";

  /** Offsets of arrays are multiples of this, for readers that map the file. */
  static final int ALIGNMENT = 16;

  static final String INT8 = "int8";
  static final String INT32 = "int32";
  static final String FLOAT32 = "float32";

  private Format() {}
}
