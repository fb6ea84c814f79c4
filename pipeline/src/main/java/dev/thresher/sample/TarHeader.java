package dev.thresher.sample;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A header block of a tar archive (POSIX 1003.1 ustar, and what GNU tar makes of it). */
final class TarHeader {
  /** All of an archive comes in blocks of so many bytes. */
  static final int BLOCK = 512;

  private static final int NAME = 0;
  private static final int NAME_LENGTH = 100;
  private static final int SIZE = 124;
  private static final int NUMBER_LENGTH = 12;
  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_LENGTH = 8;
  private static final int TYPE = 156;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int PREFIX_LENGTH = 155;

  /** Where GNU tar says that a map of the file's holes goes on in the next block. */
  private static final int SPARSE_GOES_ON = 482;

  private final byte[] bytes;

  /** Of {@link #BLOCK} bytes, which are not copied. */
  TarHeader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A block of zeros stands behind the last member. */
  boolean isEnd() {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the block's own sum holds: of its bytes, signed or not, its own field blank. */
  boolean isWhole() {
    Optional<Long> told = octal(CHECKSUM, CHECKSUM_LENGTH);
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LENGTH ? (byte) ' ' : bytes[i];
      unsigned += b & 0xff;
      signed += b;
    }
    return told.isPresent() && (told.get() == unsigned || told.get() == signed);
  }

  /** What the member is, by POSIX's and GNU's letters. */
  char type() {
    return (char) (bytes[TYPE] & 0xff);
  }

  /** The name, with POSIX's prefix where there is one. */
  String name() {
    String name = text(NAME, NAME_LENGTH);
    boolean isPosix = text(MAGIC, 6).equals("ustar");
    String prefix = isPosix ? text(PREFIX, PREFIX_LENGTH) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** Bytes of the contents; empty where the field is no number, or a negative one. */
  Optional<Long> size() {
    if ((bytes[SIZE] & 0x80) == 0) {
      return octal(SIZE, NUMBER_LENGTH);
    }
    // GNU's base 256: the first bit marks it, the second is the sign.
    long size = bytes[SIZE] & 0x7f;
    for (int i = 1; i < NUMBER_LENGTH; i++) {
      if (size > Long.MAX_VALUE >> 8) {
        return Optional.empty();
      }
      size = size << 8 | (bytes[SIZE + i] & 0xff);
    }
    return Optional.of(size);
  }

  boolean saysSparseGoesOn() {
    return type() == 'S' && bytes[SPARSE_GOES_ON] != 0;
  }

  private Optional<Long> octal(int at, int length) {
    String digits = text(at, length).strip();
    return digits.matches("[0-7]{1,12}")
        ? Optional.of(Long.parseLong(digits, 8))
        : digits.isEmpty() ? Optional.of(0L) : Optional.empty();
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
  }
}
