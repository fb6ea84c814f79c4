package dev.thresher.jobs;

import static com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.store.ObjectRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line, driven as a user drives it, over small stages that really write. */
class CommandTest {
  @TempDir Path folder;
  private final List<String> ran = new ArrayList<>();
  private String out;
  private String err;

  /** Writes the seed into an object, in the manner of a stage that reads the one before. */
  private final class Writes implements Stage {
    private final String name;
    private final List<String> needs;

    Writes(String name, String... needs) {
      this.name = name;
      this.needs = List.of(needs);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<String> needs() {
      return needs;
    }

    @Override
    public void validate(Context context) {
      if (context.settings().model().path().filter(p -> p.endsWith("bad")).isPresent()) {
        throw new NetworkFormatException("Cannot read " + context.settings().model().path().get());
      }
    }

    @Override
    public StageOutput run(Context context) {
      ran.add(name);
      if (context.settings().model().path().filter(p -> p.endsWith(name)).isPresent()) {
        throw new QualityGateException("Agreement is 12 %, evaluate.min-agreement is 90 %");
      }
      StringBuilder text = new StringBuilder(name + context.settings().run().seed());
      for (String need : needs) {
        ObjectRecord input = context.committed(need).object(need + "/data");
        text.append('<').append(new String(context.store().read(input), UTF_8));
      }
      ObjectRecord data = context.store().write(name + "/data", text.toString().getBytes(UTF_8));
      return new StageOutput(List.of(data), Map.of("length", text.length()));
    }
  }

  private ExitCode thresher(String... arguments) {
    List<Stage> stages =
        List.of(
            new Writes("sample"),
            new Writes("calibrate", "sample"),
            new Writes("finetune", "calibrate"));
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    ExitCode code =
        Main.run(
            arguments,
            stages,
            new PrintStream(outBytes, true, UTF_8),
            new PrintStream(errBytes, true, UTF_8));
    out = outBytes.toString(UTF_8);
    err = errBytes.toString(UTF_8);
    return code;
  }

  private ExitCode inFolder(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--set");
    all.add("store.root=" + folder.resolve("my store"));
    return thresher(all.toArray(String[]::new));
  }

  private Path run(String id) {
    return folder.resolve("my store/runs").resolve(id);
  }

  @Test
  void allStagesRunInOrderAndAreCommitted() throws IOException {
    assertThat(inFolder("run", "--run", "r1", "--set", "run.seed=7")).isEqualTo(ExitCode.DONE);

    assertThat(ran).containsExactly("sample", "calibrate", "finetune");
    assertThat(run("r1").resolve("finetune/data")).hasContent("finetune7<calibrate7<sample7");
    assertThat(Files.readString(run("r1").resolve("config.conf")))
        .contains("run.seed = 7")
        .contains("run.id = \"r1\"");
    assertThat(run("r1").resolve("stages/finetune.json"))
        .content()
        .contains("\"key\" : \"finetune/data\"")
        .contains("\"length\" : 28");
    assertThat(out).contains("Results: file:").contains("runs/r1");
    try (Stream<Path> events = Files.list(run("r1").resolve("events"))) {
      assertThat(events).singleElement().asString().endsWith(".jsonl");
    }
  }

  @Test
  void whatIsCommittedIsNotDoneAgain() {
    inFolder("sample", "--run", "r1");
    ran.clear();

    assertThat(inFolder("run", "--run", "r1")).isEqualTo(ExitCode.DONE);
    assertThat(ran).containsExactly("calibrate", "finetune");
    ran.clear();
    assertThat(inFolder("run", "--run", "r1")).isEqualTo(ExitCode.DONE);
    assertThat(ran).isEmpty();
    assertThat(err).contains("sample: done before");
  }

  @Test
  void aStageByItselfGoesOnWithTheConfigurationOfItsRun() {
    inFolder("sample", "--run", "r1", "--set", "run.seed=7");
    inFolder("calibrate", "--run", "r1");

    assertThat(run("r1").resolve("calibrate/data")).hasContent("calibrate7<sample7");
  }

  @Test
  void anotherConfigurationForTheSameRunIsRefusedByItsKeys() throws IOException {
    inFolder("run", "--run", "r1");
    String before = Files.readString(run("r1").resolve("config.conf"));
    ran.clear();

    assertThat(inFolder("run", "--run", "r1", "--set", "finetune.epochs=9"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err)
        .contains("Run r1 exists with another configuration: finetune.epochs is 9, was 4.")
        .contains("--run r1-2");
    assertThat(ran).isEmpty();
    assertThat(run("r1").resolve("config.conf")).hasContent(before.strip());
  }

  @Test
  void whereARunIsComputedMayChangeWhenItGoesOn() {
    inFolder("sample", "--run", "r1");
    assertThat(inFolder("run", "--run", "r1", "--master", "local[1]")).isEqualTo(ExitCode.DONE);
  }

  @Test
  void aDryRunChecksAndWritesNothing() {
    assertThat(inFolder("run", "--dry-run", "--set", "run.seed=7")).isEqualTo(ExitCode.DONE);

    assertThat(out).contains("run.seed = 7").contains("all checks passed");
    assertThat(ran).isEmpty();
    assertThat(folder.resolve("my store")).doesNotExist();
  }

  @Test
  void aDryRunFindsWhatIsBad() {
    assertThat(inFolder("run", "--dry-run", "--set", "model.path=/bad")).isEqualTo(ExitCode.INPUT);
    assertThat(err).contains("thresher: Cannot read /bad");
  }

  @Test
  void allStagesAreValidatedBeforeTheFirstRuns() {
    assertThat(inFolder("run", "--set", "model.path=/bad")).isEqualTo(ExitCode.INPUT);
    assertThat(ran).isEmpty();
  }

  @Test
  void aMissedGateHasItsOwnCodeAndTheEventsAreKept() {
    assertThat(inFolder("run", "--run", "r1", "--set", "model.path=/x/finetune"))
        .isEqualTo(ExitCode.GATE);
    assertThat(err).contains("thresher: Agreement is 12 %");
    assertThat(run("r1").resolve("events")).isNotEmptyDirectory();
    assertThat(run("r1").resolve("stages/finetune.json")).doesNotExist();
  }

  @Test
  void aStageThatContinuesNeedsARunThatExists() {
    assertThat(inFolder("calibrate")).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("calibrate --run ID");
    assertThat(inFolder("calibrate", "--run", "none")).isEqualTo(ExitCode.INPUT);
    assertThat(err).contains("There is no run none");
    inFolder("sample", "--run", "r1");
    assertThat(inFolder("finetune", "--run", "r1")).isEqualTo(ExitCode.INPUT);
    assertThat(err).contains("has no calibrate yet").contains("thresher calibrate --run r1");
  }

  @Test
  void aDamagedInputIsRefused() throws IOException {
    inFolder("sample", "--run", "r1");
    Files.writeString(run("r1").resolve("sample/data"), "other");

    assertThat(inFolder("run", "--run", "r1")).isEqualTo(ExitCode.DAMAGED);
    assertThat(err).contains("sample/data").contains("commit record");
  }

  @ParameterizedTest
  @CsvSource({"quikstart, quickstart", "fine-tune, finetune", "calibrat, calibrate", "runs, run"})
  void anUnknownJobIsRefusedWithTheNearest(String given, String meant) {
    assertThat(thresher(given)).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("There is no job '" + given + "'; did you mean '" + meant + "'?");
  }

  @Test
  void anUnknownOptionIsRefusedWithTheNearest() {
    assertThat(thresher("run", "--cnf", "x")).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("There is no option '--cnf'; did you mean '--conf'?");
  }

  @ParameterizedTest
  @CsvSource({
    "sample.fracton=1, sample.fraction",
    "sample.fraction=2, above 0 and at most 1",
    "nonsense, KEY=VALUE",
    "run.id=.x, leading dot",
    "store.root=s3://b, s3a"
  })
  void badConfigurationIsUsage(String assignment, String told) {
    assertThat(thresher("run", "--set", assignment)).isEqualTo(ExitCode.USAGE);
    assertThat(err).startsWith("thresher: ").contains(told);
  }

  @Test
  void noJobIsUsage() {
    assertThat(thresher()).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("--help");
  }

  @ParameterizedTest
  @EnumSource(Job.class)
  void everyJobExplainsItself(Job job) {
    assertThat(thresher(job.id(), "--help")).isEqualTo(ExitCode.DONE);
    assertThat(out).contains("thresher " + job.id()).contains("--dry-run").contains(job.summary());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void theCommandListsItsJobsAndExitCodes(String option) {
    assertThat(thresher(option)).isEqualTo(ExitCode.DONE);
    assertThat(Arrays.stream(Job.values()).map(Job::id)).allMatch(out::contains);
    assertThat(out).contains("4 quality gate");
  }

  @Test
  void theEmbeddedStoreServesAWholeRunAndItsContinuation() {
    String[] embedded = {
      "--conf", "quickstart", "--set", "store.embedded.folder=" + folder.resolve("objects")
    };
    assertThat(thresher(with("sample", embedded, "--run", "r1"))).isEqualTo(ExitCode.DONE);
    assertThat(thresher(with("run", embedded, "--run", "r1"))).isEqualTo(ExitCode.DONE);
    assertThat(ran).containsExactly("sample", "calibrate", "finetune");
    assertThat(folder.resolve("objects/buckets/thresher/quickstart/runs/r1/finetune/data"))
        .hasContent("finetune1<calibrate1<sample1");
    assertThat(thresher(with("run", embedded, "--master", "spark://host:7077")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("loopback");
  }

  private static String[] with(String job, String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(job));
    all.addAll(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource({
    "r, r-2",
    "r-2, r-3",
    "r-9, r-10",
    "run-20260101-090000-ab12, run-20260101-090000-ab12-2"
  })
  void theNextNameOfARun(String run, String next) {
    assertThat(Runner.successor(run)).isEqualTo(next);
  }

  @Test
  void benchPrintsOneObjectOfAllFigures() throws IOException {
    assertThat(
            thresher(
                "bench", "--json", "--model", smallModel(), "--batch", "2", "--seconds", "0.01"))
        .isEqualTo(ExitCode.DONE);

    JsonNode json = new ObjectMapper().enable(FAIL_ON_TRAILING_TOKENS).readTree(out);
    for (String figure :
        List.of(
            "float_forward",
            "quantized_forward",
            "calibration",
            "training_step",
            "corrected_training_step")) {
      assertThat(json.required(figure + "_images_per_second").asDouble()).isPositive();
      assertThat(json.required(figure + "_images_per_second_per_core").asDouble()).isPositive();
      assertThat(json.required(figure + "_bytes").asLong()).isPositive();
    }
    assertThat(json.required("training_step_peak_bytes").asLong()).isPositive();
    assertThat(json.required("batch").asInt()).isEqualTo(2);
    assertThat(json.required("training_step_shares").required("waiting").asDouble())
        .isBetween(0.0, 1.0);
  }

  @Test
  void benchPrintsATable() throws IOException {
    assertThat(
            thresher(
                "bench",
                "--model",
                smallModel(),
                "--threads",
                "1",
                "--seconds",
                "0.01",
                "--set",
                "engine=reference",
                "--set",
                "finetune.batch=1"))
        .isEqualTo(ExitCode.DONE);

    assertThat(out).contains("batch 1").contains("1 thread ").contains("training step");
  }

  @ParameterizedTest
  @CsvSource({
    "--threads,0,USAGE,--threads is 0",
    "--seconds,-1,USAGE,--seconds is -1",
    "--batch,x,USAGE,finetune.batch",
    "--model,none.onnx,INPUT,there is no such file",
    "--set,engine=fast,USAGE,engine",
    "--jsn,1,USAGE,did you mean"
  })
  void benchSaysWhatIsWrong(String option, String value, ExitCode code, String message) {
    assertThat(thresher("bench", option, value)).isEqualTo(code);

    assertThat(err).contains(message);
    assertThat(out).isEmpty();
  }

  @Test
  void aSecretOnTheCommandLineIsWarnedOfAndNotRepeated() {
    thresher("run", "--dry-run", "--set", "store.s3.secret-key=hushhush", "--set", "run.seed=3");

    assertThat(err)
        .contains("warning: --set store.s3.secret-key may hold a secret")
        .doesNotContain("--set run.seed")
        .doesNotContain("hushhush");
  }

  private String smallModel() throws IOException {
    Path model = folder.resolve("small.onnx");
    try (InputStream in = Main.class.getResourceAsStream("quickstart/shapes-mobilenet-v2.onnx")) {
      Files.write(model, in.readAllBytes());
    }
    return model.toString();
  }
}
