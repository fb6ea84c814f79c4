package dev.thresher.sample;

import dev.thresher.sample.DrawKey.Slot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Takes of each slot its share, from images that come in the order of {@link DrawKey}; equal ones
 * count once. Holds one image.
 */
public final class QuotaFilter {
  private final Labels labels;
  private final Map<Slot, Integer> left;
  private ImageRef previous;

  /**
   * Takes these shares.
   *
   * @param labels what images are labelled by
   * @param quotas of each slot; of others nothing is taken
   */
  public QuotaFilter(Labels labels, Map<Slot, Integer> quotas) {
    this.labels = labels;
    this.left = new HashMap<>(quotas);
  }

  /**
   * The image with its label, if it is taken.
   *
   * @throws SampleException if two sources label one image differently
   */
  public Optional<ImageRef> take(DrawKey key, Indexed member) {
    if (!(member instanceof ImageRef image)) {
      return Optional.empty();
    }
    ImageRef labelled = image.labelled(labels);
    if (previous != null && previous.id().equals(key.id())) {
      if (previous.label() != labelled.label()) {
        throw new SampleException(
            "Cannot label %s: it is given label %d and label %d. Correct the list that is wrong."
                .formatted(image.path(), previous.label(), labelled.label()));
      }
      return Optional.empty();
    }
    previous = labelled;
    int quota = left.getOrDefault(key.slot(), 0);
    if (quota == 0) {
      return Optional.empty();
    }
    left.put(key.slot(), quota - 1);
    return Optional.of(labelled);
  }
}
