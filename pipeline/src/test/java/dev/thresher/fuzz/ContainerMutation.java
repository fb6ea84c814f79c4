package dev.thresher.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/** Damages a container and, mostly, seals it again, so that the checksum does not stop it. */
final class ContainerMutation {
  private static final int MOST_DIGITS = 4;

  private ContainerMutation() {}

  static byte[] of(byte[] seed, List<byte[]> others, Random random) {
    byte[] bytes =
        random.nextBoolean() ? digits(seed.clone(), random) : ByteMutation.of(seed, others, random);
    if (bytes.length >= Integer.BYTES && random.nextInt(8) > 0) {
      int end = bytes.length - Integer.BYTES;
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, end);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(end, (int) crc.getValue());
    }
    return bytes;
  }

  /** Other numbers in the header, which stays JSON. */
  private static byte[] digits(byte[] bytes, Random random) {
    int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    for (int left = 1 + random.nextInt(MOST_DIGITS); left > 0; left--) {
      int at = Long.BYTES + random.nextInt(header);
      while (at < bytes.length && !Character.isDigit(bytes[at])) {
        at++;
      }
      if (at < bytes.length) {
        bytes[at] = (byte) ('0' + random.nextInt(10));
      }
    }
    return bytes;
  }
}
