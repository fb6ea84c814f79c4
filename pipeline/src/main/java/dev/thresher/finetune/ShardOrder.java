package dev.thresher.finetune;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which a shard reads its images: pass after pass, in each pass its parts permuted,
 * and within a part its images permuted.
 *
 * <p>The image at a position is a pure function of (seed, shard, position): nothing is remembered,
 * so a minibatch is found without its predecessors, across the ends of passes too. Shard v of V
 * owns the parts p with p mod V = v. Cost: O(parts of the shard + images of the part).
 */
final class ShardOrder {
  /**
   * Where an image is.
   *
   * @param part of the sample
   * @param row in the part
   */
  record Location(int part, int row) {}

  private final long seed;
  private final int shard;
  private final int[] parts;
  private final int[] sizes;
  private final long images;

  private ShardOrder(long seed, int shard, int[] parts, int[] sizes) {
    this.seed = seed;
    this.shard = shard;
    this.parts = parts;
    this.sizes = sizes;
    long sum = 0;
    for (int size : sizes) {
      sum += size;
    }
    this.images = sum;
  }

  /** The order of one shard. */
  static ShardOrder of(ShardData data, FineTuneSettings settings, int shard) {
    List<Integer> owned = new ArrayList<>();
    for (int part = shard; part < data.parts(); part += settings.shards()) {
      owned.add(part);
    }
    int[] parts = owned.stream().mapToInt(Integer::intValue).toArray();
    int[] sizes = owned.stream().mapToInt(data::size).toArray();
    return new ShardOrder(settings.seed(), shard, parts, sizes);
  }

  /** Images of the shard. */
  long images() {
    return images;
  }

  /** The image at a position of the shard's endless sequence. */
  Location at(long position) {
    long pass = position / images;
    long rest = position % images;
    for (int index : Permutation.of(parts.length, seed, pass, shard)) {
      if (rest < sizes[index]) {
        int[] rows = Permutation.of(sizes[index], seed, pass, shard, parts[index]);
        return new Location(parts[index], rows[(int) rest]);
      }
      rest -= sizes[index];
    }
    throw new AssertionError("position " + position + " of " + images);
  }

  /** The images of one optimizer step, counted from 0. */
  List<Location> batch(int step, int batch) {
    List<Location> locations = new ArrayList<>(batch);
    long first = (long) step * batch;
    for (long position = first; position < first + batch; position++) {
      locations.add(at(position));
    }
    return locations;
  }
}
