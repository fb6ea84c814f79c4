package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.config.ConfigurationException;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.store.StoreException;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
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
}
