package dev.thresher.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import scala.Tuple2;

/** The place of an image: its part, and its row in it. */
record PartRow(int part, int row) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Image i of a sample goes to part i mod P. */
  static PartRow of(int image, int parts) {
    return new PartRow(image % parts, image / parts);
  }

  /** Part by part, row by row. */
  static final class Order implements Comparator<PartRow>, Serializable {
    private static final long serialVersionUID = 1L;
    private static final Comparator<PartRow> BY_FIELDS =
        Comparator.comparing(PartRow::part).thenComparing(PartRow::row);

    @Override
    public int compare(PartRow a, PartRow b) {
      return BY_FIELDS.compare(a, b);
    }
  }

  /** Whole parts to tasks. */
  static TaskOf<PartRow> byPart(int tasks) {
    return new TaskOf<>(tasks, (key, of) -> key.part() % of);
  }

  /**
   * What belongs to one part, in the order of its rows.
   *
   * @param <T> what lies in a row
   */
  record Group<T>(int part, List<T> values) {}

  /** Groups what comes in {@link Order}; holds one part. */
  static <T> Iterator<Group<T>> grouped(Iterator<Tuple2<PartRow, T>> rows) {
    return new Iterator<>() {
      private Tuple2<PartRow, T> ahead = rows.hasNext() ? rows.next() : null;

      @Override
      public boolean hasNext() {
        return ahead != null;
      }

      @Override
      public Group<T> next() {
        if (ahead == null) {
          throw new NoSuchElementException();
        }
        int part = ahead._1().part();
        List<T> values = new ArrayList<>();
        while (ahead != null && ahead._1().part() == part) {
          values.add(ahead._2());
          ahead = rows.hasNext() ? rows.next() : null;
        }
        return new Group<>(part, values);
      }
    };
  }
}
