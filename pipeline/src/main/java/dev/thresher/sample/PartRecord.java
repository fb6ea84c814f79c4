package dev.thresher.sample;

import java.io.Serializable;

/**
 * What the manifest says of a part.
 *
 * @param name of the object
 * @param size in bytes
 * @param sha256 of the bytes, hexadecimal
 * @param rows images in it
 * @param imagesSha256 hash of pixels and names, labels left out: what training sees
 */
public record PartRecord(String name, long size, String sha256, int rows, String imagesSha256)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The name of part {@code part}: {@code part-00012.parquet}. */
  public static String name(int part) {
    return "part-%05d.parquet".formatted(part);
  }
}
