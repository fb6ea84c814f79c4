package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The driver's process ends in the middle: at chosen points of its writing, at random moments,
 * beside another driver of the same run. The run is then started again and ends in the same bytes.
 */
@Tag("soak")
@Tag("slow")
class KillTest {
  private static final Pattern POINT =
      Pattern.compile("halt point (\\d+): (\\w+) runs/[^/]+/(\\S+)");
  private static final int KILLED = 137;

  @TempDir static Path folder;
  private static Workplace place;
  private static Map<String, byte[]> expected;

  @BeforeAll
  static void runUndisturbed() throws IOException {
    place = Workplace.in(folder);
    Outcome whole = place.thresher("run", words("whole"));
    assertThat(whole.code()).as(whole::toString).isEqualTo(ExitCode.DONE);
    expected = results("whole");
    assertThat(expected).containsKeys("model/model.onnx", "model/model.bin", "finetune/scales.f32");
  }

  /** What must be the same bytes, wherever a run was cut: by the names in its records. */
  private static Map<String, byte[]> results(String run) throws IOException {
    Map<String, byte[]> results = new LinkedHashMap<>();
    RunStore store = store(run);
    for (String stage : List.of("sample", "calibrate", "finetune", "export")) {
      String key = StageRecord.key(stage);
      StageRecord record = StageRecord.fromJson(key, store.readIfPresent(key).orElseThrow());
      record.objects().stream()
          .filter(object -> !object.name().equals("finetune/rounds.json")) // Holds times.
          .forEach(object -> results.put(object.name(), store.read(object)));
    }
    return results;
  }

  private static RunStore store(String run) {
    return RunStore.open(StoreLocation.of(place.path("store").toString(), Map.of()), run);
  }

  /** Without the studies of evaluation, which write nothing until they end. */
  private static String[] words(String run) {
    return new String[] {"--run", run, "evaluate.layer-images=0", "evaluate.device-images=0"};
  }

  private static Driver start(String run, String... options) throws IOException {
    return Driver.start(
        place.path(run + ".log"), null, List.of(options), place.arguments("run", words(run)));
  }

  private static void endsAsIfNothingHadBeen(String run) throws IOException {
    assertThat(Inspection.of(store(run)).damaged()).as("what a kill left is no damage").isEmpty();
    Outcome resumed = place.thresher("run", words(run));
    assertThat(resumed.code()).as(resumed::toString).isEqualTo(ExitCode.DONE);
    Map<String, byte[]> found = results(run);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    Inspection.Findings findings = Inspection.of(store(run));
    assertThat(findings.damaged()).isEmpty();
    FileUtil.fullyDelete(place.run(run).toFile());
  }

  /** Points of a whole run, by what is written there. */
  private static List<String> points() throws Exception {
    Driver counting = start("counting", "-Dthresher.test.halt-at=" + Integer.MAX_VALUE);
    assertThat(counting.end()).as(counting::said).isZero();
    List<String> points = new ArrayList<>();
    Matcher said = POINT.matcher(counting.said());
    while (said.find()) {
      assertThat(said.group(1)).isEqualTo(Integer.toString(points.size() + 1));
      points.add(said.group(2) + " " + said.group(3));
    }
    return points;
  }

  @Test
  void atPointsOfAllStagesAndAllWritesOfACheckpoint() throws Exception {
    List<String> points = points();
    Soak soak = Soak.of("kills at points of writing", 5, 40);
    System.out.println("soak: a run has " + points.size() + " points of writing");
    for (int number : chosen(points, soak.wanted())) {
      if (!soak.goesOn()) {
        return;
      }
      String run = "point-" + number;
      Driver killed = start(run, "-Dthresher.test.halt-at=" + number);
      assertThat(killed.end()).as(killed::said).isEqualTo(KILLED);
      System.out.println("soak: killed " + points.get(number - 1));
      endsAsIfNothingHadBeen(run);
    }
    soak.goesOn();
  }

  /**
   * Between a record and the history that names it, the last checkpoint, evenly from all stages.
   */
  private static Set<Integer> chosen(List<String> points, int count) {
    Set<Integer> chosen = new LinkedHashSet<>();
    chosen.add(1 + points.indexOf("after writers/000001.json"));
    chosen.add(1 + points.indexOf("after checkpoints/commits/000002.json"));
    for (int i = 0; i < points.size() && chosen.size() < 2 + count / 2; i++) {
      if (points.get(i).contains("checkpoints/") && points.get(i).contains("/000002")) {
        chosen.add(i + 1);
      }
    }
    int rest = count - chosen.size();
    for (int i = 0; i < rest; i++) {
      int number = 1 + (int) ((long) i * (points.size() - 1) / Math.max(1, rest - 1));
      while (!chosen.add(number)) {
        number = number % points.size() + 1;
      }
    }
    return chosen;
  }

  @Test
  void atRandomMomentsAgainAndAgain() throws Exception {
    Random random = new Random(8);
    Soak soak = Soak.of("runs killed at a random moment, twice each", 1, 10);
    for (int n = 0; soak.goesOn(); n++) {
      String run = "moment-" + n;
      for (int kill = 0; kill < 2; kill++) {
        Driver driver = start(run);
        Thread.sleep(random.nextInt(12_000));
        driver.kill();
      }
      endsAsIfNothingHadBeen(run);
    }
  }

  @Test
  void twoDriversOfOneRunMakeOneHistory() throws Exception {
    Random random = new Random(9);
    Soak soak = Soak.of("races of two drivers", 1, 50);
    int replaced = 0;
    for (int n = 0; soak.goesOn(); n++) {
      String run = "race-" + n;
      Driver one = start(run);
      Thread.sleep(random.nextInt(6_000));
      Driver other =
          Driver.start(
              place.path(run + "-other.log"), null, List.of(), place.arguments("run", words(run)));
      List<Integer> codes = List.of(one.end(), other.end());
      assertThat(codes).as(() -> one.said() + other.said()).contains(ExitCode.DONE.status());
      assertThat(codes)
          .as(() -> one.said() + other.said())
          .isSubsetOf(ExitCode.DONE.status(), ExitCode.TAKEN_OVER.status());
      replaced += codes.contains(ExitCode.TAKEN_OVER.status()) ? 1 : 0;
      endsAsIfNothingHadBeen(run);
    }
    System.out.println(
        "soak: of the races, " + replaced + " in which a driver was replaced and said so");
  }

  /** With a run of its own name every second time, which goes on; else begun anew. */
  @Test
  @EnabledIfSystemProperty(named = "thresher.soak.minutes", matches = ".+")
  void theQuickstartIsKilledAtARandomMomentAndStartedAgain() throws Exception {
    Random random = new Random(10);
    Soak soak = Soak.of("quick starts killed at a random moment and started again", 0, 6);
    long whole = endsWell(Files.createDirectory(place.path("quick-whole")), quickstart(1));
    for (int n = 0; soak.goesOn(); n++) {
      Path folder = Files.createDirectory(place.path("quick-" + n));
      Driver killed = quick(folder, quickstart(n));
      long moment = random.nextLong(whole);
      Thread.sleep(moment);
      killed.kill();
      System.out.printf("soak: quick start killed after %d of about %d ms%n", moment, whole);
      endsWell(folder, quickstart(n));
    }
  }

  private static List<String> quickstart(int n) {
    List<String> words = new ArrayList<>(List.of("quickstart", "--set", "finetune.epochs=0.5"));
    if (n % 2 == 0) {
      words.addAll(List.of("--run", "again"));
    }
    return words;
  }

  private static Driver quick(Path folder, List<String> words) throws IOException {
    return Driver.start(folder, folder.resolve("quick.log"), null, List.of(), words);
  }

  /** Milliseconds that it took. */
  private static long endsWell(Path folder, List<String> words) throws Exception {
    long begin = System.nanoTime();
    Driver driver = quick(folder, words);
    assertThat(driver.end()).as(driver::said).isZero();
    assertThat(driver.said()).contains("first guess right (top-1)").contains("Report:  ");
    return (System.nanoTime() - begin) / 1_000_000;
  }
}
