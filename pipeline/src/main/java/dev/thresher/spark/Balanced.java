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

  private static final class Group<T> {
    private final int number;
    private final List<T> members = new ArrayList<>();
    private long size;

    Group(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    long size() {
      return size;
    }

    List<T> members() {
      return members;
    }

    void add(T piece, long its) {
      members.add(piece);
      size += Math.max(1, its);
    }
  }

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
            Comparator.<Group<T>>comparingLong(Group::size).thenComparing(Group::number));
    for (int i = 0; i < count; i++) {
      smallest.add(new Group<>(i));
    }
    List<T> bySize = new ArrayList<>(pieces);
    bySize.sort(Collections.reverseOrder(Comparator.comparingLong(size)));
    for (T piece : bySize) {
      Group<T> group = smallest.remove();
      group.add(piece, size.applyAsLong(piece));
      smallest.add(group);
    }
    return smallest.stream()
        .sorted(Comparator.comparing(Group::number))
        .map(Group::members)
        .toList();
  }
}
