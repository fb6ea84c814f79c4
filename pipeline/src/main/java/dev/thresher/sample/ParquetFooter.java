package dev.thresher.sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Looks through the footer of a Parquet file before a library builds objects of it: Thrift's
 * compact protocol says how long each list is, and a reader believes it.
 */
final class ParquetFooter {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final int TAIL = Integer.BYTES + MAGIC.length;

  /** That of a shard of images has some kilobytes. */
  private static final int LONGEST = 16 << 20;

  /** Elements of all lists: a handful for each column of each row group. */
  private static final int MOST_ELEMENTS = 200_000;

  /** Field 2 of the footer is the schema: a list that is a tree, depth first. */
  private static final int SCHEMA = 2;

  private static final int MOST_COLUMNS = 1_000;
  private static final int DEEPEST = 16;

  private final ByteBuffer footer;
  private int elements;

  private ParquetFooter(byte[] footer) {
    this.footer = ByteBuffer.wrap(footer);
  }

  /**
   * Refuses a footer that is longer, deeper or of more parts than that of a table of images.
   *
   * @throws IllegalArgumentException saying why
   */
  static void check(SeekableFile file) throws IOException {
    long length = file.length();
    if (length < TAIL + MAGIC.length) {
      throw new IllegalArgumentException("it has %d bytes".formatted(length));
    }
    byte[] tail = file.range(length - TAIL, TAIL);
    if (!Arrays.equals(tail, Integer.BYTES, TAIL, MAGIC, 0, MAGIC.length)) {
      throw new IllegalArgumentException("it does not end as a Parquet file does");
    }
    int bytes = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (bytes < 0 || bytes > LONGEST || bytes > length - TAIL - MAGIC.length) {
      throw new IllegalArgumentException(
          "its footer is said to have %d bytes".formatted(Integer.toUnsignedLong(bytes)));
    }
    new ParquetFooter(file.range(length - TAIL - bytes, bytes)).check();
  }

  private void check() {
    try {
      struct(0);
    } catch (java.nio.BufferUnderflowException e) {
      throw new IllegalArgumentException("its footer is damaged", e);
    }
  }

  private void struct(int depth) {
    int id = 0;
    int header;
    while ((header = next()) != 0) {
      id = header >>> 4 == 0 ? (int) varint() >>> 1 : id + (header >>> 4);
      boolean isSchema = depth == 0 && id == SCHEMA;
      value(header & 15, depth + 1, isSchema ? MOST_COLUMNS : MOST_ELEMENTS);
    }
  }

  /** Passes over a value of this type; in a struct, true and false have no bytes of their own. */
  private void value(int type, int depth, int most) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("its footer is nested too deeply");
    }
    switch (type) {
      case 1, 2 -> {}
      case 3 -> skip(1);
      case 4, 5, 6 -> varint();
      case 7 -> skip(Double.BYTES);
      case 8 -> skip(varint());
      case 9, 10 -> list(depth, most);
      case 11 -> map(depth, most);
      case 12 -> struct(depth);
      default -> throw new IllegalArgumentException("its footer is damaged");
    }
  }

  private void list(int depth, int most) {
    int header = next();
    long size = header >>> 4 == 15 ? varint() : header >>> 4;
    count(size, most);
    for (long i = 0; i < size; i++) {
      element(header & 15, depth, most);
    }
  }

  private void map(int depth, int most) {
    long size = varint();
    count(2 * size, most);
    int types = size == 0 ? 0 : next();
    for (long i = 0; i < size; i++) {
      element(types >>> 4, depth, most);
      element(types & 15, depth, most);
    }
  }

  /** As {@link #value}; true and false have a byte. */
  private void element(int type, int depth, int most) {
    value(type == 1 || type == 2 ? 3 : type, depth + 1, most);
  }

  private void count(long size, int most) {
    if (size < 0 || size > most || (elements += (int) size) > MOST_ELEMENTS) {
      throw new IllegalArgumentException("its footer lists more than a table of images has");
    }
  }

  private int next() {
    return footer.get() & 0xff;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int b = next();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new IllegalArgumentException("its footer is damaged");
  }

  private void skip(long bytes) {
    if (bytes < 0 || bytes > footer.remaining()) {
      throw new IllegalArgumentException("its footer is damaged");
    }
    footer.position(footer.position() + (int) bytes);
  }
}
