package dev.thresher.jobs;

import static com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those see who watch a run: its metrics, its progress, Spark's event log, its JSON. */
@Tag("slow")
class ObservabilityTest {
  private static final ObjectMapper JSON = new ObjectMapper().enable(FAIL_ON_TRAILING_TOKENS);
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(thresher_[a-z0-9_]+)\\{run=\"r\",job_name=\"run\"(?:,stage=\"(.*)\")?} (\\S+)");
  private static final Pattern NAME = Pattern.compile("thresher_[a-z0-9_]+");

  @TempDir static Path folder;
  private static Workplace place;
  private static Outcome done;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.in(folder);
    Files.writeString(place.path("train/n90000000/broken.JPEG"), "no picture");
    done =
        place.thresher(
            "run",
            "--run",
            "r",
            "--json",
            "data.max-bad-fraction=0.5",
            "evaluate.device-images=0",
            "evaluate.layer-images=0",
            "--set",
            "spark.eventLog.compress=false",
            "observe.metrics-file=" + place.path("node/thresher.prom"));
    assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
  }

  /** Values by name, as Prometheus reads them. */
  private static Map<String, Double> metrics() throws IOException {
    TreeMap<String, Double> metrics = new TreeMap<>();
    String described = "";
    for (String line : Files.readAllLines(place.path("node/thresher.prom"))) {
      if (line.startsWith("#")) {
        assertThat(line).matches("# (HELP thresher_\\w+ .+\\.|TYPE thresher_\\w+ (gauge|counter))");
        described = line.split(" ", 4)[2];
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).isEqualTo(described);
        metrics.put(sample.group(1), Double.parseDouble(sample.group(3)));
      }
    }
    return metrics;
  }

  @Test
  void theMetricsSayWhatCameOfTheRun() throws IOException {
    JsonNode summary = JSON.readTree(done.out()).get("summary");
    Map<String, Double> metrics = metrics();
    assertThat(metrics)
        .containsEntry("thresher_phase", 2.0)
        .containsEntry("thresher_stage", 6.0)
        .containsEntry("thresher_round", (double) Workplace.ROUNDS)
        .containsEntry("thresher_rounds", (double) Workplace.ROUNDS)
        .containsEntry("thresher_loss", summary.get("loss_last").asDouble())
        .containsEntry("thresher_agreement_percent", summary.get("agreement").asDouble())
        .containsEntry("thresher_top1_percent", summary.get("quantized_top1").asDouble())
        .containsEntry("thresher_images_skipped_total", 1.0);
    assertThat(metrics.get("thresher_images_total")).isGreaterThan(4 * Workplace.TRAIN_IMAGES);
    assertThat(metrics.get("thresher_store_written_bytes_total")).isGreaterThan(100_000);
    List<String> all = new ArrayList<>(List.of("thresher_run_info"));
    Metric.ALL.forEach(metric -> all.add(Metric.NAMESPACE + metric.id()));
    assertThat(metrics.keySet()).containsExactlyInAnyOrderElementsOf(all);
    assertThat(Workplace.filesBelow(place.path("node"))).containsOnlyKeys("thresher.prom");
  }

  @Test
  void theDashboardShowsMetricsThatThereAreAndAllOfThem() throws IOException {
    Path file =
        Installation.home().orElseThrow().resolve("deploy/observability/grafana-dashboard.json");
    JsonNode dashboard = JSON.readTree(file.toFile());
    TreeSet<String> shown = new TreeSet<>();
    dashboard.findValuesAsText("expr").forEach(expression -> addNames(expression, shown));
    assertThat(shown).isEqualTo(metrics().keySet());
    TreeSet<String> asked = new TreeSet<>();
    addNames(dashboard.at("/templating/list/1/definition").asText(), asked);
    assertThat(metrics().keySet()).containsAll(asked);
    assertThat(dashboard.get("panels"))
        .extracting(p -> p.get("id").asInt())
        .doesNotHaveDuplicates();
  }

  private static void addNames(String expression, Set<String> names) {
    Matcher name = NAME.matcher(expression);
    assertThat(name.find()).as(expression).isTrue();
    do {
      names.add(name.group());
    } while (name.find());
  }

  @Test
  void progressIsLeftBesideTheCheckpoints() throws IOException {
    JsonNode progress = JSON.readTree(place.run("r").resolve("progress.json").toFile());
    assertThat(progress.get("run").asText()).isEqualTo("r");
    assertThat(progress.get("phase").asText()).isEqualTo("done");
    assertThat(progress.get("round").asInt()).isEqualTo(Workplace.ROUNDS);
    assertThat(progress.get("images_skipped").asInt()).isEqualTo(1);
  }

  @Test
  void standardOutputIsOneJsonObject() throws IOException {
    JsonNode result = JSON.readTree(done.out());
    assertThat(result.get("job").asText()).isEqualTo("run");
    assertThat(result.get("stages"))
        .extracting(s -> s.get("name").asText())
        .containsExactly("sample", "calibrate", "finetune", "export", "evaluate", "report");
    assertThat(result.get("summary"))
        .isEqualTo(JSON.readTree(place.run("r").resolve("summary.json").toFile()));
    assertThat(Path.of(URI.create(result.get("report").asText()))).exists();
    Outcome planned = place.thresher("run", "--run", "s", "--dry-run", "--json");
    assertThat(JSON.readTree(planned.out()).get("stages")).isEmpty();
    assertThat(place.run("s")).doesNotExist();
  }

  @Test
  void theEventLogHasAJobForEachRoundByName() throws IOException {
    List<Path> logs;
    try (Stream<Path> all = Files.list(place.path("store/spark-events"))) {
      logs = all.toList();
    }
    assertThat(logs).hasSize(1);
    assertThat(Files.readString(logs.get(0)))
        .contains("\"spark.job.description\":\"finetune: round 1/2\"")
        .contains("\"spark.job.description\":\"finetune: round 2/2\"")
        .contains("\"spark.job.description\":\"evaluate: 24 images\"");
  }

  /** The names that the example of Prometheus' configuration makes ours. */
  private static Pattern relabelled() throws IOException {
    Path file = Installation.home().orElseThrow().resolve("deploy/observability/prometheus.yml");
    Matcher regex =
        Pattern.compile(
                "regex: \"(.*)\"\\s+target_label: __name__\\s+replacement: \"thresher_\\$1\"")
            .matcher(Files.readString(file));
    assertThat(regex.find()).isTrue();
    return Pattern.compile(regex.group(1));
  }

  @Test
  void sparkServesTheMetricsWhereItsPagesAre() throws Exception {
    Settings settings =
        new ConfigurationLoader(Optional.empty())
            .set("spark.master=local[1]")
            .set("spark.ui.enabled=true")
            .set("spark.ui.port=0")
            .set("observe.event-log=none")
            .load()
            .settings();
    RunState state = new RunState("r", "run");
    try (Sessions sessions = new Sessions(settings, "test", state)) {
      SparkSession spark = sessions.get();
      state.reached(new RunState.Round(3, 9, 0.5, 1e-3));
      URI page = URI.create(spark.sparkContext().uiWebUrl().get() + "/metrics/prometheus/");
      String text =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString(UTF_8))
              .body();
      assertThat(text)
          .contains("metrics_thresher_driver_thresher_round_Value{type=\"gauges\"} 3.0")
          .contains("metrics_thresher_driver_thresher_rounds_Value{type=\"gauges\"} 9.0");
      Pattern renamed = relabelled();
      for (Metric metric : Metric.ALL) {
        assertThat(text.lines().map(line -> line.split("\\{", 2)[0]).map(renamed::matcher))
            .as(metric.id())
            .anyMatch(name -> name.matches() && name.group(1).equals(metric.id()));
      }
    }
  }
}
