package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.jobs.config.Axis;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.store.SealedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One small network, quantized in a few ways. */
@Tag("slow")
class AblationTest {
  private static final String[] SMALL = {
    "ablate.cross=granularity",
    "ablate.scheme=symmetric",
    "ablate.range=[\"min-max\", \"mse\"]",
    "ablate.rescale=none",
    "rescale.scope=none",
    "ablate.bias-correction=[\"false\", \"true\"]"
  };

  @TempDir static Path folder;
  private static Workplace place;
  private static Outcome outcome;

  @BeforeAll
  static void ablateOnce() throws IOException {
    place = Workplace.in(folder);
    outcome = ablate("abl");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
  }

  private static Outcome ablate(String id, String... more) {
    java.util.ArrayList<String> words = new java.util.ArrayList<>(List.of("--run", id));
    words.addAll(List.of(SMALL));
    words.addAll(List.of(more));
    return place.thresher("ablate", words.toArray(String[]::new));
  }

  private static Path ablation(String id) {
    return place.path("store/ablations").resolve(id);
  }

  private static JsonNode rows(String id) throws IOException {
    return new ObjectMapper().readTree(Files.readAllBytes(ablation(id).resolve("ablation.json")));
  }

  @Test
  void everyCellIsInTheTableBeforeAndAfterTraining() throws IOException {
    JsonNode rows = rows("abl");
    assertThat(rows.findValuesAsText("training"))
        .hasSize(12)
        .startsWith("untrained", "trained", "untrained");
    assertThat(rows.findValuesAsText("cell").stream().distinct())
        .containsExactly(
            "per-tensor.symmetric.min-max.none.plain",
            "per-tensor.symmetric.mse.none.plain",
            "per-tensor.symmetric.min-max.none.corrected",
            "per-filter.symmetric.min-max.none.plain",
            "per-filter.symmetric.mse.none.plain",
            "per-filter.symmetric.min-max.none.corrected");
    assertThat(Files.readAllLines(ablation("abl").resolve("ablation.csv"))).hasSize(13);
    assertThat(ablation("abl").resolve("ablation.parquet")).isRegularFile();
    String markdown = Files.readString(ablation("abl").resolve("ablation.md"));
    assertThat(outcome.out()).contains(markdown).contains("ablations/abl");
    assertThat(markdown.lines().filter(line -> line.startsWith("| per-"))).hasSize(12);
  }

  /** The table tells what a run on its own tells, so cells share nothing that they should not. */
  @Test
  void aCellHasTheFiguresAndTheModelOfARunByItself() throws IOException {
    Outcome alone =
        place.thresher(
            "run",
            "--run",
            "alone",
            "quantize.granularity=per-tensor",
            "calibrate.range=mse",
            "rescale.scope=none");
    assertThat(alone.code()).as(alone::toString).isEqualTo(ExitCode.DONE);
    JsonNode wanted =
        new ObjectMapper().readTree(Files.readAllBytes(place.run("alone").resolve("summary.json")));
    for (JsonNode row : rows("abl")) {
      if (row.get("cell").asText().equals("per-tensor.symmetric.mse.none.plain")) {
        boolean trained = row.get("training").asText().equals("trained");
        assertThat(row.get("logit_rmse"))
            .isEqualTo(wanted.get(trained ? "logit_rmse" : "untrained_logit_rmse"));
        assertThat(row.get("top1"))
            .isEqualTo(wanted.get(trained ? "quantized_top1" : "untrained_top1"));
      }
    }
    Path cell = ablation("abl").resolve("runs/per-tensor.symmetric.mse.none.plain");
    assertThat(cell.resolve("model/model.bin"))
        .hasSameBinaryContentAs(place.run("alone").resolve("model/model.bin"));
  }

  @Test
  void sampleAndTeacherAreThereOnce() {
    Map<String, byte[]> files = Workplace.filesBelow(ablation("abl"));
    assertThat(files.keySet())
        .contains("sample/train/manifest.json", "teacher/manifest.json")
        .noneMatch(name -> name.matches("runs/.*/(sample|teacher)/.*"));
    assertThat(outcome.err().split("calibrate  12/12 images", -1)).hasSize(2);
  }

  @Test
  void biasCorrectionChangesTheModel() {
    Path runs = ablation("abl").resolve("runs");
    assertThat(
            Workplace.filesBelow(runs.resolve("per-filter.symmetric.min-max.none.corrected/model")))
        .isNotEqualTo(
            Workplace.filesBelow(runs.resolve("per-filter.symmetric.min-max.none.plain/model")));
  }

  /** A driver that ended before its last record has left no line of it in the history either. */
  @Test
  void anAblationGoesOnWhereItStopped() throws IOException {
    Path gone = ablation("abl").resolve("stages/ablate.json");
    byte[] record = Files.readAllBytes(gone);
    Files.delete(gone);
    assertThat(ablate("abl").code()).isEqualTo(ExitCode.DAMAGED);
    Path page = ablation("abl").resolve("history/000001.json");
    ObjectNode history = (ObjectNode) new ObjectMapper().readTree(page.toFile());
    ArrayNode records = (ArrayNode) history.get("records");
    assertThat(records.remove(records.size() - 1).get("record").asText())
        .isEqualTo("stages/ablate.json");
    Files.writeString(page, SealedJson.seal(history));
    Outcome again = ablate("abl");
    assertThat(again.code()).as(again::toString).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).contains("cell 6 of 6").doesNotContain("finetune: round");
    assertThat(again.out()).isEqualTo(outcome.out());
    assertThat(new String(record, java.nio.charset.StandardCharsets.UTF_8)).contains("ablation.md");
  }

  @Test
  void tooManyCellsAreRefusedBeforeAnyWork() {
    Outcome refused =
        ablate("many", "ablate.most-cells=5", "ablate.cross=[\"granularity\", \"range\"]");
    assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.told()).contains("8 cells", "ablate.most-cells allows 5");
    assertThat(ablation("many").resolve("sample")).doesNotExist();
  }

  @Test
  void theDefaultsMakeTheCellsThatTheDocumentationCounts() {
    Configuration defaults = new ConfigurationLoader(Optional.empty()).load();
    List<AblationPlan.Cell> cells = AblationPlan.cells(defaults);
    assertThat(cells).hasSize(14).doesNotHaveDuplicates();
    assertThat(cells.stream().map(AblationPlan.Cell::id)).doesNotHaveDuplicates();
    long perTensor =
        cells.stream()
            .filter(cell -> cell.choices().get(Axis.GRANULARITY).equals("per-tensor"))
            .count();
    assertThat(perTensor).isEqualTo(cells.size() / 2);
  }
}
