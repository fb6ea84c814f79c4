package dev.thresher.sample;

/** What the images of tables and shards are known by. */
enum Naming {
  /** The name that a row or a key says: the same in whatever layout the images come. */
  PLAIN,
  /**
   * The table and the row's number, or the shard and the key: for sets whose rows or shards repeat
   * names.
   */
  BY_PLACE
}
