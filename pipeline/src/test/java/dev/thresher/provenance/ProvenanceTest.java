package dev.thresher.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  private static final List<Computer> COMPUTERS =
      List.of(
          new Computer("onednn", "AVX2", "Some CPU", "Some JVM 17"),
          new Computer("onednn", "AVX2", "Another CPU", "Some JVM 17"));
  private static final String HASH = Hashes.sha256("something");

  private static Origin origin(String hash) {
    return new Origin(
        Build.version(),
        "mobilenet",
        hash,
        HASH,
        HASH,
        new TreeMap<>(Map.of("sample", 1L, "run", Long.MIN_VALUE)),
        new TreeMap<>(Map.of("crop", "224")));
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Provenance provenance =
        new Provenance(origin(HASH), Environment.of("run-1", "reference", HASH, COMPUTERS));
    assertThat(Provenance.parse(provenance.json())).isEqualTo(provenance);
  }

  @Test
  void thisMachineAndThisBuildAreNamed() {
    Environment here = Environment.of("run-1", "reference", HASH, COMPUTERS);
    assertThat(here.jvm()).contains(System.getProperty("java.vm.version"));
    assertThat(here.processors()).isPositive();
    assertThat(here.cpu()).isNotBlank();
    assertThat(here.computers()).containsExactly(COMPUTERS.get(1), COMPUTERS.get(0));
    assertThat(Computer.here("reference", "Java").cpu()).isEqualTo(here.cpu());
    assertThat(Build.version()).matches("\\d+\\.\\d+\\.\\d+.*");
  }

  @Test
  void computersDifferByWhatChangesBytes() {
    Computer one = COMPUTERS.get(0);
    assertThat(one.computesLike(new Computer("onednn", "AVX2", "Some CPU", "Some JVM 25")))
        .isTrue();
    assertThat(one.computesLike(COMPUTERS.get(1))).isFalse();
    assertThat(one.computesLike(new Computer("onednn", "AVX-512", "Some CPU", "Some JVM 17")))
        .isFalse();
  }

  @Test
  void theProcessorIsReadFromLinux() {
    Machine machine =
        Machine.parse(
            List.of(
                "processor\t: 0",
                "model name\t: Some CPU: fast",
                "flags\t\t: fpu avx512_vnni avx2 avx2 sse",
                "model name\t: Another"));
    assertThat(machine).isEqualTo(new Machine("Some CPU: fast", List.of("avx2", "avx512_vnni")));
    assertThat(Machine.parse(List.of()).cpu()).isEqualTo("unknown");
  }

  @Test
  void whatIsNoHashIsRefused() {
    assertThatThrownBy(() -> origin("ABC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the float model")
        .hasMessageContaining("ABC");
  }

  @Test
  void otherDocumentsAreRefused() {
    String json =
        new String(
            new Provenance(origin(HASH), Environment.of("run-1", "reference", HASH, COMPUTERS))
                .json(),
            StandardCharsets.UTF_8);
    for (String other :
        List.of(json.replace("\"run\" : \"run-1\",", ""), json.replace(HASH, "x"), "[]")) {
      assertThatThrownBy(() -> Provenance.parse(other.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(ProvenanceFormatException.class)
          .hasMessageStartingWith("Cannot read the provenance: ");
    }
  }

  @Test
  void anOriginIsFlatTextForOtherFormats() {
    assertThat(origin(HASH).properties())
        .containsEntry("thresher.seed.sample", "1")
        .containsEntry("thresher.preprocessing.crop", "224")
        .containsEntry("thresher.model_sha256", HASH);
  }
}
