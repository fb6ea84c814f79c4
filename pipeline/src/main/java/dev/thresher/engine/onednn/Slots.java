package dev.thresher.engine.onednn;

import java.util.ArrayList;
import java.util.List;

/** Lets buffers that are never needed at the same time share memory. */
final class Slots {
  private record Slot(long size, int freeFrom) {}

  private final List<Slot> slots = new ArrayList<>();

  /**
   * Chooses a slot; calls come in the order of {@code from}.
   *
   * @param size elements
   * @param from time of the first write
   * @param to time of the last read
   * @return index of the slot
   */
  int place(long size, int from, int to) {
    int best = -1;
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).freeFrom() <= from
          && (best < 0 || misfit(slots.get(i), size) < misfit(slots.get(best), size))) {
        best = i;
      }
    }
    if (best < 0) {
      slots.add(new Slot(size, to + 1));
      return slots.size() - 1;
    }
    slots.set(best, new Slot(Math.max(size, slots.get(best).size()), to + 1));
    return best;
  }

  private static long misfit(Slot slot, long size) {
    return Math.abs(slot.size() - size);
  }

  /** Sizes of the slots, once everything is placed. */
  List<Long> sizes() {
    return slots.stream().map(Slot::size).toList();
  }
}
