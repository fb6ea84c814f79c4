package dev.thresher.spark;

import dev.thresher.finetune.PartPixels;
import dev.thresher.finetune.PixelNormalizer;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.provenance.Hashes;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The pixels of a committed sample, and nothing else of it: names and labels end here. */
public final class SamplePixels implements PartPixels {
  private static final long serialVersionUID = 1L;

  private final PreparedParts parts;
  private final String id;

  /** Reads what the sample's manifest names. */
  public SamplePixels(PreparedParts parts) {
    this.parts = parts;
    this.id = id(parts.manifest());
  }

  /**
   * Labels do not count; preprocessing does: with another mean the same pixels are other inputs.
   */
  private static String id(SampleManifest manifest) {
    String text = manifest.imagesSha256() + "\n" + manifest.preprocessing();
    return Hashes.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** How these pixels are read: the sample's own preprocessing. */
  public PixelNormalizer normalizer() {
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    return normalization::write;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int parts() {
    return parts.parts();
  }

  @Override
  public int size(int part) {
    return parts.manifest().parts().get(part).rows();
  }

  @Override
  public List<byte[]> load(int part) {
    return parts.load(part).stream().map(PreparedImage::rgb).toList();
  }
}
