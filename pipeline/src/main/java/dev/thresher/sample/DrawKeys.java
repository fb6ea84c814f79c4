package dev.thresher.sample;

/** Makes the keys of one seed; for one thread. */
public final class DrawKeys {
  private final SeededHash hash;

  /** Keys of this seed. */
  public DrawKeys(long seed) {
    this.hash = new SeededHash(seed);
  }

  /** The key of a member of the source at this place. */
  public DrawKey key(Indexed member, int source) {
    if (member instanceof ImageRef image) {
      String id = image.id();
      return new DrawKey(image.stratum(), hash.of("select", id), id, source, image.path());
    }
    String path = member instanceof LeftOut files ? files.location() : ((ImageNote) member).path();
    return new DrawKey(DrawKey.NOTES, hash.of("note", path), path, source, path);
  }

  /** What the drawn images are ordered by, unsigned; ties by id. */
  public long order(ImageRef image) {
    return hash.of("order", image.id());
  }
}
