package dev.thresher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EnginesTest {
  @Test
  void takesTheEngineOfTheName() {
    assertThat(Engines.select("reference").name()).isEqualTo("reference");
    assertThat(Engines.select("onednn").name()).isEqualTo("onednn");
  }

  @Test
  void takesTheFastestThatLoads() {
    assertThat(Engines.select("auto").name()).isEqualTo("onednn");
  }

  @Test
  void namesTheChoices() {
    assertThatThrownBy(() -> Engines.select("cuda"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot compute with engine cuda: auto, onednn and reference are known.");
  }
}
