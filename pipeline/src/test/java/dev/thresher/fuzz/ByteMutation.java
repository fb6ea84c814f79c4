package dev.thresher.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages bytes as bad disks, bad copies and bad people do; the same seed damages alike. */
final class ByteMutation {
  private static final int MOST_STEPS = 6;
  private static final int LONGEST_PIECE = 512;
  private static final int[] TELLING = {
    0, 1, -1, 127, 128, 255, 32_767, 65_535, 1 << 20, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private ByteMutation() {}

  static byte[] of(byte[] seed, List<byte[]> others, Random random) {
    byte[] bytes = seed.clone();
    int steps = 1 + random.nextInt(1 + random.nextInt(MOST_STEPS));
    for (int i = 0; i < steps && bytes.length > 0; i++) {
      bytes = step(bytes, others, random);
    }
    return bytes;
  }

  private static byte[] step(byte[] bytes, List<byte[]> others, Random random) {
    int at = position(bytes, random);
    switch (random.nextInt(9)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2, 3 -> writeNumber(bytes, at, random);
      case 4 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 5 -> {
        return join(bytes, at, new byte[0], at + random.nextInt(LONGEST_PIECE));
      }
      case 6 -> {
        byte[] noise = new byte[1 + random.nextInt(LONGEST_PIECE)];
        random.nextBytes(noise);
        return join(bytes, at, noise, random.nextBoolean() ? at : at + noise.length);
      }
      case 7 -> {
        byte[] piece =
            Arrays.copyOfRange(
                bytes, at, Math.min(bytes.length, at + random.nextInt(LONGEST_PIECE)));
        return join(bytes, position(bytes, random), piece, at);
      }
      default -> {
        byte[] other = others.get(random.nextInt(others.size()));
        return join(
            bytes, at, Arrays.copyOfRange(other, position(other, random), other.length), at);
      }
    }
    return bytes;
  }

  /** Headers decide most, so every other change is made in the first bytes. */
  private static int position(byte[] bytes, Random random) {
    int bound = random.nextBoolean() ? Math.min(bytes.length, 256) : bytes.length;
    return bound == 0 ? 0 : random.nextInt(bound);
  }

  private static void writeNumber(byte[] bytes, int at, Random random) {
    int value = TELLING[random.nextInt(TELLING.length)];
    int width = 1 << random.nextInt(3);
    boolean little = random.nextBoolean();
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (value >> (8 * (little ? i : width - 1 - i)));
    }
  }

  /** Bytes up to {@code end}, the piece, bytes from {@code resume}. */
  private static byte[] join(byte[] bytes, int end, byte[] piece, int resume) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, end);
    out.writeBytes(piece);
    int from = Math.min(bytes.length, resume);
    out.write(bytes, from, bytes.length - from);
    return out.toByteArray();
  }
}
