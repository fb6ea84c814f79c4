package dev.thresher.sample;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A stable number for a name: the first 8 bytes of SHA-256(seed, purpose, 0, name), unsigned.
 *
 * <p>Depends on nothing but its arguments, so neither listing order nor machine nor version of a
 * library can move an image from one sample to another. Purposes keep decisions independent.
 */
final class SeededHash {
  private final MessageDigest digest;
  private final long seed;

  SeededHash(long seed) {
    this.seed = seed;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java platform", e);
    }
  }

  /** Compare with {@link Long#compareUnsigned}. */
  long of(String purpose, String name) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, seed));
    digest.update(purpose.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    return ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8))).getLong();
  }
}
