package dev.thresher.container;

/** Types of elements, by the names that safetensors gives them. */
enum ElementType {
  /** Reals of 32 bits. */
  F32(4),
  /** Integers of 8 bits with a sign. */
  I8(1),
  /** Bytes. */
  U8(1),
  /** Integers of 32 bits without a sign. */
  U32(4);

  private final int width;

  ElementType(int width) {
    this.width = width;
  }

  /** Bytes of an element. */
  int width() {
    return width;
  }

  /** Bytes of an array of this shape; throws ArithmeticException where they are too many. */
  long bytes(int... shape) {
    long bytes = width;
    for (int extent : shape) {
      bytes = Math.multiplyExact(bytes, extent);
    }
    return bytes;
  }
}
