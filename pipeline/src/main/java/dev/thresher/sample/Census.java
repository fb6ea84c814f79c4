package dev.thresher.sample;

import dev.thresher.sample.DrawKey.Slot;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts the members of sources that come in the order of {@link DrawKey}. Holds counts and a few
 * notes, no images.
 */
public final class Census implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Notes that are kept word for word; the others are counted. */
  private static final int NOTES_KEPT = 1000;

  private final TreeMap<Slot, Integer> slots = new TreeMap<>();
  private final TreeMap<Integer, Integer> sources = new TreeMap<>();
  private final TreeMap<String, Integer> leftOut = new TreeMap<>();
  private final List<ImageNote> notes = new ArrayList<>();
  private int noted;
  private int unlabelled;
  private int duplicates;
  private DrawKey previous;
  private String conflictId;
  private String conflict;

  /** Counts one; equal ids come one after the other. */
  public void add(DrawKey key, Indexed member) {
    if (member instanceof LeftOut files) {
      files.kinds().forEach((kind, n) -> leftOut.merge(kind, n, Integer::sum));
      return;
    }
    if (member instanceof ImageNote note) {
      noted++;
      if (notes.size() < NOTES_KEPT) {
        notes.add(note);
      }
      return;
    }
    sources.merge(key.source(), 1, Integer::sum);
    unlabelled += member instanceof ImageRef image && image.isOfAClassWithoutLabel() ? 1 : 0;
    boolean known =
        previous != null
            && previous.id().equals(key.id())
            && previous.stratum().equals(key.stratum());
    if (!known) {
      slots.merge(key.slot(), 1, Integer::sum);
      previous = key;
      return;
    }
    duplicates++;
    if (!previous.path().equals(key.path()) && conflict == null) {
      conflictId = key.id();
      conflict =
          "Cannot tell two images apart: %s and %s are both %s. Rename one, or put them into folders of their classes."
              .formatted(previous.path(), key.path(), key.id());
    }
  }

  /** Adds another's counts; the order of merging changes no count. */
  public void merge(Census other) {
    other.slots.forEach((slot, n) -> slots.merge(slot, n, Integer::sum));
    other.sources.forEach((source, n) -> sources.merge(source, n, Integer::sum));
    other.leftOut.forEach((kind, n) -> leftOut.merge(kind, n, Integer::sum));
    notes.addAll(other.notes.subList(0, Math.min(other.notes.size(), NOTES_KEPT - notes.size())));
    noted += other.noted;
    unlabelled += other.unlabelled;
    duplicates += other.duplicates;
    boolean earlier =
        other.conflict != null && (conflict == null || other.conflictId.compareTo(conflictId) < 0);
    if (earlier) {
      conflictId = other.conflictId;
      conflict = other.conflict;
    }
  }

  /**
   * What was counted.
   *
   * @param slots distinct images, by slot
   * @param images distinct images of each stratum
   * @param sources images of each source, repeated ones included
   * @param duplicates images named more than once, each repetition counted
   * @param unlabelled images of a class that do not say its label, repeated ones included
   * @param leftOut files that are no images by their names, by kind
   * @param noted members that cannot be images
   * @param notes about some of them
   * @param conflict two images that are known by the same id, if there are any
   */
  public record Counts(
      SortedMap<Slot, Integer> slots,
      SortedMap<String, Integer> images,
      SortedMap<Integer, Integer> sources,
      int duplicates,
      int unlabelled,
      SortedMap<String, Integer> leftOut,
      int noted,
      List<ImageNote> notes,
      Optional<String> conflict) {
    /** Distinct images of all strata. */
    public long distinct() {
      return images.values().stream().mapToLong(Integer::longValue).sum();
    }
  }

  /** The counts so far. */
  public Counts snapshot() {
    TreeMap<String, Integer> images = new TreeMap<>();
    slots.forEach((slot, n) -> images.merge(slot.stratum(), n, Integer::sum));
    return new Counts(
        new TreeMap<>(slots),
        images,
        new TreeMap<>(sources),
        duplicates,
        unlabelled,
        new TreeMap<>(leftOut),
        noted,
        List.copyOf(notes),
        Optional.ofNullable(conflict));
  }
}
