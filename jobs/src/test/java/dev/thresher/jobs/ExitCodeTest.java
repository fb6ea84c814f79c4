package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.config.ConfigurationException;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.store.StoreException;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ExitCodeTest {
  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(new UsageException("x"), ExitCode.USAGE),
        Arguments.of(new ConfigurationException("x"), ExitCode.USAGE),
        Arguments.of(new BadInputException("x"), ExitCode.INPUT),
        Arguments.of(new NetworkFormatException("x"), ExitCode.INPUT),
        Arguments.of(new StoreException("x"), ExitCode.INPUT),
        Arguments.of(
            new SparkException("stage failed", new NetworkFormatException("x")), ExitCode.INPUT),
        Arguments.of(new QualityGateException("x"), ExitCode.GATE),
        Arguments.of(new IllegalStateException("x"), ExitCode.FAILED),
        Arguments.of(
            new SparkException("Lost task 0.3: java.io.IOException: No space left on device"),
            ExitCode.INPUT),
        Arguments.of(new SparkException("lost", new RuntimeException("x")), ExitCode.FAILED));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void whatWasThrownDecides(Exception thrown, ExitCode code) {
    assertThat(ExitCode.of(thrown)).isEqualTo(code);
  }

  static Stream<Arguments> heaps() {
    return Stream.of(
        Arguments.of(
            new SparkException("Lost task 0.3: java.lang.OutOfMemoryError: Java heap space")),
        Arguments.of(new IllegalStateException("x", new OutOfMemoryError("Java heap space"))),
        Arguments.of(new OutOfMemoryError("GC overhead limit exceeded")));
  }

  @ParameterizedTest
  @MethodSource("heaps")
  void aFullHeapIsKnownWhoeverHadIt(Throwable thrown) {
    assertThat(ExitCode.ofAFullHeap(thrown)).isPresent();
    assertThat(ExitCode.of(thrown)).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void moreHeapIsNoAdviceWhereThreadsAreMissing() {
    assertThat(ExitCode.ofAFullHeap(new OutOfMemoryError("unable to create native thread")))
        .isEmpty();
  }
}
