package dev.thresher.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;

/** Shares work among tasks by its size. */
final class Balanced {
  private Balanced() {}

  private record Group<T>(int number, List<T> members, long[] size) {}

  /**
   * Groups of about the same size: the largest first, each to the group that is smallest so far. No
   * group is empty.
   *
   * @param size of a piece; negative where it is not known, which counts as one
   * @param most how many groups there may be
   */
  static <T> List<List<T>> groups(List<T> pieces, ToLongFunction<T> size, int most) {
    int count = Math.min(most, pieces.size());
    PriorityQueue<Group<T>> smallest =
        new PriorityQueue<>(
            Comparator.<Group<T>>comparingLong(group -> group.size()[0])
                .thenComparing(Group::number));
    for (int i = 0; i < count; i++) {
      smallest.add(new Group<>(i, new ArrayList<>(), new long[1]));
    }
    List<T> bySize = new ArrayList<>(pieces);
    bySize.sort(Collections.reverseOrder(Comparator.comparingLong(size)));
    for (T piece : bySize) {
      Group<T> group = smallest.remove();
      group.members().add(piece);
      group.size()[0] += Math.max(1, size.applyAsLong(piece));
      smallest.add(group);
    }
    return smallest.stream()
        .sorted(Comparator.comparing(Group::number))
        .map(Group::members)
        .toList();
  }
}
