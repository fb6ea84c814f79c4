package dev.thresher.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/** Lazy views of iterators: tasks hold one element. */
final class Iterators {
  private Iterators() {}

  static <A, B> Iterator<B> map(Iterator<A> all, Function<A, B> function) {
    return flatMap(all, one -> Optional.of(function.apply(one)));
  }

  static <A, B> Iterator<B> flatMap(Iterator<A> all, Function<A, Optional<B>> function) {
    return new Iterator<>() {
      private Optional<B> next = Optional.empty();

      @Override
      public boolean hasNext() {
        while (next.isEmpty() && all.hasNext()) {
          next = function.apply(all.next());
        }
        return next.isPresent();
      }

      @Override
      public B next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        B given = next.orElseThrow();
        next = Optional.empty();
        return given;
      }
    };
  }
}
