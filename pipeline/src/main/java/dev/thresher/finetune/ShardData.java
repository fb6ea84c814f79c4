package dev.thresher.finetune;

import java.io.Serializable;

/**
 * The sample in parts, with the teacher's logits: what a shard reads. Travels to executors, so it
 * holds addresses and counts, not images.
 */
public interface ShardData extends Serializable {
  /** Hash of the contents: part of a checkpoint's identity and of the cache's keys. */
  String id();

  /** Number of parts, P. */
  int parts();

  /** Images of a part. */
  int size(int part);

  /** Reads a part; the same images in the same order every time. */
  TrainingPart load(int part);
}
