package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.evaluate.MetricsTables;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.sample.SyntheticImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job from pictures to a quantized network, and what may and may not change its bytes. */
@Tag("slow")
class WholeRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Workplace place;
  private static Outcome outcome;

  @BeforeAll
  static void runOnce() throws IOException {
    place = Workplace.in(folder);
    outcome = place.thresher("run", "--run", "base");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
  }

  private static Map<String, byte[]> model(String run, String... more) {
    List<String> words = new ArrayList<>(List.of("--run", run));
    words.addAll(List.of(more));
    Outcome outcome = place.thresher("run", words.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    return place.files(run, "model");
  }

  private static Map<String, byte[]> base() {
    return place.files("base", "model");
  }

  /** Names the files that differ. */
  private static void assertSame(Map<String, byte[]> given, Map<String, byte[]> wanted) {
    assertThat(given.keySet()).isEqualTo(wanted.keySet());
    wanted.forEach((name, bytes) -> assertThat(given.get(name)).as(name).isEqualTo(bytes));
  }

  private static JsonNode json(String run, String name) throws IOException {
    return JSON.readTree(Files.readAllBytes(place.run(run).resolve(name)));
  }

  @Test
  void everythingOfARunIsThere() {
    assertThat(place.files("base", "").keySet())
        .contains("config.conf", "provenance.json", "summary.json", "report.html")
        .contains("model/model.json", "model/model.bin", "model/model.onnx", "model/model.tflite")
        .contains("model/aimet.encodings", "model/aimet.onnx")
        .containsAll(
            MetricsTables.ALL.stream()
                .flatMap(t -> Stream.of("parquet", "csv").map(e -> "metrics/" + t.name() + "." + e))
                .toList());
    assertThat(place.files("base", "checkpoints/commits").keySet())
        .containsExactly("000001.json", "000002.json");
    assertThat(outcome.out()).contains("Results: ").contains("runs/base/report.html");
  }

  @Test
  void theSummaryHasItsFieldsAndFiguresOfThisRun() throws IOException {
    JsonNode summary = json("base", "summary.json");
    assertThat(summary.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            ("run network granularity scheme bits images_trained images_evaluated"
                    + " float_top1 float_top5 untrained_top1 quantized_top1 quantized_top5"
                    + " untrained_agreement agreement untrained_logit_rmse logit_rmse"
                    + " loss_first loss_last rounds result_round weights_moved finetune_images_per_second stages"
                    + " peak_memory_bytes engine bad_images schema_version evaluation device")
                .split(" "));
    assertThat(summary.get("images_trained").asInt()).isEqualTo(Workplace.TRAIN_IMAGES);
    assertThat(summary.get("images_evaluated").asInt()).isEqualTo(Workplace.CLASSES);
    assertThat(summary.get("rounds").asInt()).isEqualTo(Workplace.ROUNDS);
    assertThat(summary.get("bad_images").asInt()).isZero();
    assertThat(summary.get("float_top1").asDouble()).isBetween(60.0, 100.0);
    assertThat(summary.get("agreement").asDouble()).isBetween(50.0, 100.0);
    assertThat(summary.get("stages").findValuesAsText("name"))
        .containsExactly("sample", "calibrate", "finetune", "export", "evaluate");
    assertThat(Files.readAllLines(place.run("base").resolve("metrics/rounds.csv")))
        .hasSize(1 + Workplace.ROUNDS);
  }

  @Test
  void everyEvaluatedImageIsInTheTableWithThePlaceOfItsPixels() throws IOException {
    List<String> lines = Files.readAllLines(place.run("base").resolve("metrics/images.csv"));
    List<String> names = List.of(lines.get(0).split(",", -1));
    assertThat(lines).hasSize(1 + Workplace.CLASSES);
    int float1 = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertThat(place.run("base").resolve(cells[names.indexOf("part_key")])).isRegularFile();
      boolean right = cells[names.indexOf("label")].equals(cells[names.indexOf("float_class")]);
      float1 += right ? 1 : 0;
      assertThat(cells[names.indexOf("float_rank")].equals("1")).isEqualTo(right);
      boolean same =
          cells[names.indexOf("quantized_class")].equals(cells[names.indexOf("float_class")]);
      assertThat(cells[names.indexOf("outcome")].equals("same")).isEqualTo(same);
    }
    assertThat(100.0 * float1 / Workplace.CLASSES)
        .isEqualTo(json("base", "summary.json").get("float_top1").asDouble());
  }

  @Test
  void layersAreStudiedOnAsManyImagesAsAskedFor() throws IOException {
    model("unstudied", "finetune.epochs=0", "evaluate.layer-images=0");
    assertThat(json("unstudied", "summary.json").at("/evaluation/layer_images").asInt()).isZero();
    assertThat(json("base", "summary.json").at("/evaluation/layer_images").asInt()).isEqualTo(16);
    Path layers = place.run("base").resolve("metrics/layers.csv");
    assertThat(Files.readAllLines(layers)).noneMatch(line -> line.endsWith(","));
    Path unstudied = place.run("unstudied").resolve("metrics/layers.csv");
    assertThat(Files.readAllLines(unstudied).subList(1, 3))
        .allMatch(line -> line.endsWith("0,,,,"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"local[1]", "local[2]", "local[4]"})
  void anyNumberOfThreadsGivesTheSameBytes(String master) {
    String run = "threads-" + master.replaceAll("\\D", "");
    assertSame(model(run, "--master", master), base());
  }

  @ParameterizedTest
  @CsvSource({"per-filter, asymmetric", "per-tensor, symmetric", "per-tensor, asymmetric"})
  void everyModeGivesTheSameBytesTwice(String granularity, String scheme) {
    String[] mode = {"quantize.granularity=" + granularity, "quantize.scheme=" + scheme};
    String run = granularity + "-" + scheme;
    Map<String, byte[]> first = model(run, mode[0], mode[1], "--master", "local[1]");
    assertSame(model(run + "-again", mode[0], mode[1], "--master", "local[3]"), first);
    assertThat(first.get("model.bin")).isNotEqualTo(base().get("model.bin"));
  }

  @Test
  void anotherSeedGivesOtherBytes() {
    assertThat(model("seed", "run.seed=2").get("model.bin")).isNotEqualTo(base().get("model.bin"));
  }

  @Test
  void trainingChangesTheModel() {
    assertThat(model("untrained", "finetune.epochs=0").get("model.bin"))
        .isNotEqualTo(base().get("model.bin"));
  }

  @Test
  void shuffledLabelsChangeFiguresAndNoByteOfTheModel() throws IOException {
    List<String> lines = Files.readAllLines(place.path("train").resolve(SyntheticImages.LABELS));
    List<String> turned = new ArrayList<>(lines.subList(7, lines.size()));
    turned.addAll(lines.subList(0, 7));
    Files.write(place.path("turned.txt"), turned);

    assertSame(model("shuffled", "data.labels=" + place.path("turned.txt")), base());
    assertThat(json("shuffled", "summary.json").get("float_top1").asDouble())
        .isLessThan(json("base", "summary.json").get("float_top1").asDouble());
  }

  @Test
  void absentLabelsChangeNoByteOfTheModel() {
    assertSame(model("absent", "data.labels="), base());
  }

  @Test
  void labelsOfAListChangeNoByteOfTheModel() throws IOException {
    Path right = list("right.txt", 0, true);
    Path shuffled = list("shuffled.txt", 5, true);
    Path absent = list("absent.txt", 0, false);
    Map<String, byte[]> wanted = model("list-right", "data.train=" + right, "data.labels=");

    assertSame(model("list-shuffled", "data.train=" + shuffled, "data.labels="), wanted);
    assertSame(model("list-absent", "data.train=" + absent, "data.labels="), wanted);
    assertSame(wanted, base());
  }

  private static Path list(String name, int shift, boolean labelled) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int label = 0; label < Workplace.CLASSES; label++) {
      String wnid = SyntheticImages.wnid(label);
      String path = place.path("train") + "/" + wnid + "/" + wnid + "_0.JPEG";
      lines.add(labelled ? path + " " + (label + shift) % Workplace.CLASSES : path);
    }
    return Files.write(place.path(name), lines);
  }

  @Test
  void withoutAnyLabelTop1IsNullAndTheRestIsThere() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int label = 0; label < 6; label++) {
      String wnid = SyntheticImages.wnid(label);
      lines.add(place.path("validation") + "/" + wnid + "/" + wnid + "_0.JPEG");
    }
    Files.write(place.path("plain.txt"), lines);
    model(
        "plain",
        "finetune.epochs=0",
        "data.validation=",
        "data.train=" + place.path("plain.txt"),
        "data.labels=");

    JsonNode summary = json("plain", "summary.json");
    assertThat(summary.get("float_top1").isNull()).isTrue();
    assertThat(summary.get("quantized_top1").isNull()).isTrue();
    assertThat(summary.get("loss_first").isNull()).isTrue();
    assertThat(summary.get("agreement").isNumber()).isTrue();
    assertThat(summary.get("rounds").asInt()).isZero();
  }

  @Test
  void foldersThatAreNotTheNetworksClassesAreNoLabels() throws IOException {
    new SyntheticImages(6, 1, 72, 2).write(place.path("six"));
    model(
        "six",
        "finetune.epochs=0",
        "data.train=" + place.path("six"),
        "data.validation=" + place.path("six"),
        "data.labels=");

    JsonNode summary = json("six", "summary.json");
    assertThat(summary.get("images_evaluated").asInt()).isEqualTo(6);
    assertThat(summary.get("float_top1").isNull()).isTrue();
  }

  @Test
  void stageByStageGivesTheSameBytes() {
    for (String job : List.of("sample", "calibrate", "finetune", "export", "evaluate", "report")) {
      Outcome stage = place.thresher(job, "--run", "stages");
      assertThat(stage.code()).as(stage::toString).isEqualTo(ExitCode.DONE);
    }
    assertSame(place.files("stages", "model"), base());
  }

  @Test
  void aRunThatIsDoneSaysSoAndChangesNothing() {
    Map<String, byte[]> before = place.files("base", "");
    Outcome again = place.thresher("run", "--run", "base");

    assertThat(again.code()).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).contains("finetune: done before").contains("evaluate: done before");
    assertThat(again.out()).contains("Results: ");
    Map<String, byte[]> after = place.files("base", "");
    after.keySet().removeIf(name -> name.startsWith("events/") && !before.containsKey(name));
    assertSame(after, before);
  }

  @Test
  void aRunIsRefusedAnotherConfigurationAndKeepsItsOwn() {
    Map<String, byte[]> before = place.files("base", "");
    Outcome other =
        place.thresher("run", "--run", "base", "finetune.epochs=3", "quantize.scheme=asymmetric");

    assertThat(other.code()).isEqualTo(ExitCode.USAGE);
    assertThat(other.err())
        .contains("Run base exists with another configuration")
        .contains("finetune.epochs is 3, was 1")
        .contains("quantize.scheme is \"asymmetric\", was \"symmetric\"")
        .contains("--run base-2");
    assertSame(place.files("base", ""), before);
  }

  @ParameterizedTest
  @CsvSource({
    "agreement, evaluate.min-agreement=100, evaluate.min-agreement asks for 100",
    "drop, evaluate.max-drop=0, evaluate.max-drop allows 0",
    "noise, evaluate.min-sqnr=60, evaluate.min-sqnr asks for 60",
    "error, evaluate.max-rmse=0.0001, evaluate.max-rmse allows"
  })
  void aMissedGateIsToldEveryTimeAndTheRunIsComplete(String run, String gate, String told) {
    String[] words = {"--run", run, "quantize.bits.weights=3", "quantize.bits.activations=3", gate};
    for (int time = 0; time < 2; time++) {
      Outcome missed = place.thresher("run", words);
      assertThat(missed.code()).as(missed::toString).isEqualTo(ExitCode.GATE);
      assertThat(missed.err()).contains(told);
      assertThat(missed.out()).contains("Results: ");
      assertThat(place.files(run, "").keySet())
          .contains("summary.json", "stages/evaluate.json", "model/model.onnx");
    }
  }
}
