package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A committed sample, as later stages read it: part by part, or all images in part order.
 *
 * <p>Nothing is kept: each call reads and decodes again. About 10 MB a part of 64 images at 224.
 * Stateless, so threads may share one.
 */
public final class PreparedParts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final SampleManifest manifest;
  private final PartSource source;

  /** Reads what the manifest names. */
  public PreparedParts(SampleManifest manifest, PartSource source) {
    this.manifest = manifest;
    this.source = source;
  }

  /** What was written. */
  public SampleManifest manifest() {
    return manifest;
  }

  /** Number of parts, P. */
  public int parts() {
    return manifest.parts().size();
  }

  /**
   * The images of part {@code part}, in order.
   *
   * @throws SampleException if the bytes are not those that the manifest names
   */
  public List<PreparedImage> load(int part) {
    PartRecord record = manifest.parts().get(part);
    byte[] content = source.read(record);
    String sha256 = PartFormat.sha256(content);
    if (content.length != record.size() || !sha256.equals(record.sha256())) {
      throw new SampleException(
          "Cannot use %s: it has %d bytes with SHA-256 %s, the manifest says %d bytes with %s. Run the stage 'sample' again."
              .formatted(record.name(), content.length, sha256, record.size(), record.sha256()));
    }
    List<PreparedImage> images = PartFormat.decode(content, record.name());
    if (images.size() != record.rows()) {
      throw new SampleException(
          "Cannot use %s: it holds %d images, the manifest says %d. Run the stage 'sample' again."
              .formatted(record.name(), images.size(), record.rows()));
    }
    return images;
  }

  /**
   * The parts of logical shard {@code shard} of {@code shards}: p mod shards = shard, ascending.
   */
  public List<Integer> partsOfShard(int shard, int shards) {
    if (shards < 1 || shard < 0 || shard >= shards) {
      throw new IllegalArgumentException(
          "Cannot find shard %d of %d: shards are 0 to %d."
              .formatted(shard, shards, Math.max(0, shards - 1)));
    }
    return IntStream.range(0, parts()).filter(p -> p % shards == shard).boxed().toList();
  }

  /**
   * About the first {@code count} images in the sample's own order, in which image i is row i / P
   * of part i mod P; fewer where bad images left gaps there. Reads no more parts than it must, and
   * holds no more than the images it gives plus one part.
   */
  public List<PreparedImage> first(int count) {
    int rounds = (count + parts() - 1) / parts();
    List<List<PreparedImage>> rows = new ArrayList<>();
    for (int p = 0; p < Math.min(count, parts()); p++) {
      List<PreparedImage> part = load(p);
      rows.add(List.copyOf(part.subList(0, Math.min(rounds, part.size()))));
    }
    return IntStream.range(0, rounds)
        .boxed()
        .flatMap(round -> rows.stream().filter(r -> round < r.size()).map(r -> r.get(round)))
        .limit(count)
        .toList();
  }
}
