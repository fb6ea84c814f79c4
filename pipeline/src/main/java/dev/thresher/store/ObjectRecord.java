package dev.thresher.store;

import java.io.Serializable;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a commit record says of one object: its key below the run's folder, size in bytes, and
 * SHA-256 as 64 lower-case hexadecimal digits.
 */
public record ObjectRecord(String key, long size, String sha256) implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SHA_256_BYTES = 32;

  private static final Pattern WRITER = Pattern.compile("writer-\\d+/(?=[^/]+$)");

  /** Checks the parts. */
  public ObjectRecord {
    Keys.check(key);
    Objects.requireNonNull(sha256, "sha256");
    if (size < 0) {
      throw new IllegalArgumentException(key + ": size is " + size + ", must be 0 or more");
    }
    if (HexFormat.of().parseHex(sha256).length != SHA_256_BYTES) {
      throw new IllegalArgumentException(
          key + ": sha256 has " + sha256.length() + " digits, must have 64");
    }
  }

  /** What the object is called, whichever writer's folder it is in: {@code model/model.onnx}. */
  public String name() {
    return WRITER.matcher(key).replaceFirst("");
  }
}
