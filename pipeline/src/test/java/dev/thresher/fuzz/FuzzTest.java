package dev.thresher.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged files are refused in words, or read: never a crash, a hang, or memory without end. */
@Tag("soak")
@Tag("slow")
class FuzzTest {
  private static final boolean LONG = Integer.getInteger("thresher.soak.minutes") != null;

  @ParameterizedTest
  @CsvSource({
    "ONNX, 3000, 100000",
    "IMAGE, 1000, 20000",
    "KERAS, 6, 300",
    "CONTAINER, 5000, 200000"
  })
  void endsInClearErrorsOnly(FuzzTarget target, int brief, int whole) throws Exception {
    Fuzzer.Outcome outcome = Fuzzer.run(target, LONG ? whole : brief, LONG ? 7 : 1);
    System.out.println("soak: " + outcome);
    assertThat(outcome.findings()).as(outcome.toString()).isEmpty();
    assertThat(outcome.accepted() + outcome.refused()).isEqualTo(outcome.cases());
  }
}
