package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.thresher.jobs.FaultProxy.Fault;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs through a store that fails, and an S3 server that dies under them. */
@Tag("soak")
@Tag("slow")
class StoreFaultsTest {
  @TempDir static Path folder;
  private static Workplace place;
  private static LocalObjectStore server;
  private static Map<String, byte[]> expected;

  @BeforeAll
  static void start() throws IOException {
    place = Workplace.in(folder);
    server =
        LocalObjectStore.start(
            Installation.home().orElseThrow(), place.path("objects"), "thresher");
    Outcome whole = place.thresher("run", "--run", "whole");
    assertThat(whole.code()).as(whole::toString).isEqualTo(ExitCode.DONE);
    expected = place.files("whole", "model");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Path inBucket(String run) {
    return LocalObjectStore.folder(place.path("objects"), "thresher").resolve("x/runs/" + run);
  }

  private static Outcome run(String run, String endpoint) {
    List<String> words = new ArrayList<>(List.of("--run", run, "store.root=s3a://thresher/x"));
    words.add("store.s3.endpoint=" + endpoint);
    words.add("store.s3.access-key=" + server.settings().accessKey().reveal());
    words.add("store.s3.secret-key=" + server.settings().secretKey().reveal());
    return place.thresher("run", words.toArray(String[]::new));
  }

  /** Nothing lost: every round has its record, every object is whole, the model is the same. */
  private static void isWhole(String run) throws IOException {
    RunStore store =
        RunStore.open(
            StoreLocation.of("s3a://thresher/x", server.settings().hadoopSettings()), run);
    assertThat(Inspection.of(store).damaged()).isEmpty();
    try (Stream<Path> commits = Files.list(inBucket(run).resolve("checkpoints/commits"))) {
      assertThat(commits.map(file -> file.getFileName().toString()))
          .contains("000001.json", "000002.json");
    }
    Map<String, byte[]> model = Workplace.filesBelow(inBucket(run).resolve("model"));
    expected.forEach((name, bytes) -> assertThat(model.get(name)).as(name).isEqualTo(bytes));
  }

  @Test
  void everySecondRequestMeetsAFault() throws Exception {
    Soak soak = Soak.of("runs through a store that spoils every second request", 1, 20);
    Map<Fault, Integer> all = new java.util.EnumMap<>(Fault.class);
    for (int n = 0; soak.goesOn(); n++) {
      try (FaultProxy proxy = new FaultProxy(URI.create(server.settings().endpoint()), n)) {
        String run = "spoilt-" + n;
        Outcome outcome = run(run, proxy.endpoint());
        assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
        proxy.counts().forEach((fault, count) -> all.merge(fault, count, Integer::sum));
        isWhole(run);
      }
    }
    System.out.println("soak: requests by fault: " + all);
    assertThat(all)
        .containsKeys(
            Fault.THROTTLED, Fault.RESET, Fault.TRUNCATED, Fault.DELAYED, Fault.LOST_ANSWER);
  }

  @Test
  void credentialsThatExpireEndTheRunAndNewOnesContinueIt() throws Exception {
    try (FaultProxy proxy = new FaultProxy(URI.create(server.settings().endpoint()), 1)) {
      proxy.expireAfter(60);
      Outcome expired = run("expired", proxy.endpoint());
      assertThat(expired.code()).as(expired::toString).isEqualTo(ExitCode.INPUT);
      assertThat(expired.told())
          .contains("the store s3a://thresher/x")
          .containsPattern("Cannot (write|read) [a-z]+/\\S+ (to|from) the store")
          .contains("expired");
      proxy.heal();
      Outcome resumed = run("expired", proxy.endpoint());
      assertThat(resumed.code()).as(resumed::toString).isEqualTo(ExitCode.DONE);
      isWhole("expired");
    }
  }

  @Test
  void theServerIsKilledAndStartedAgain() throws Exception {
    // In a stage, in a round, between the two writes of a checkpoint.
    List<String> moments =
        List.of(
            "checkpoints/states/000002", "checkpoints/commits/000001", "teacher/part", "model/");
    Soak soak = Soak.of("runs whose S3 server was killed and started again", 2, 12);
    for (int n = 0; soak.goesOn(); n++) {
      String run = "server-" + n;
      String moment = moments.get(n % moments.size());
      CompletableFuture<Outcome> running =
          CompletableFuture.supplyAsync(() -> run(run, server.settings().endpoint()));
      while (!running.isDone() && !hasObject(run, moment)) {
        Thread.sleep(1);
      }
      assertThat(running).as(moment).isNotDone();
      ProcessHandle killed = ProcessHandle.of(server.pid()).orElseThrow();
      killed.destroyForcibly();
      killed.onExit().join();
      Thread.sleep(1_500);
      server = server.startedAgain();
      Outcome outcome = running.get(5, TimeUnit.MINUTES);
      assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
      isWhole(run);
    }
  }

  /** A disk of its own, which is made a little larger whenever the run has filled it. */
  @Test
  void aFullDiskEndsTheRunAndRoomContinuesIt() throws Exception {
    Path disk = Files.createDirectory(place.path("disk"));
    assumeTrue(mount("size=300k", disk), "this user may not mount a small disk");
    String[] words = {"--run", "full", "store.root=" + disk};
    Soak soak = Soak.of("times that a run filled its disk", 2, 12);
    try {
      for (int kib = 300; soak.goesOn(); kib += Soak.isLong() ? 150 : 900) {
        assertThat(mount("remount,size=" + kib + "k", disk)).isTrue();
        Outcome full = place.thresher("run", words);
        assertThat(full.code()).as(full::toString).isEqualTo(ExitCode.INPUT);
        assertThat(full.told())
            .containsPattern("Cannot write [a-z]+(/\\S+|\\.conf) to the store file://" + disk)
            .contains("there is no space left")
            .contains("goes on when it is started again with its --run");
      }
      assertThat(mount("remount,size=64m", disk)).isTrue();
      Outcome done = place.thresher("run", words);
      assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
      Map<String, byte[]> model = Workplace.filesBelow(disk.resolve("runs/full/model"));
      expected.forEach((name, bytes) -> assertThat(model.get(name)).as(name).isEqualTo(bytes));
      RunStore store = RunStore.open(StoreLocation.of(disk.toString(), Map.of()), "full");
      assertThat(Inspection.of(store).damaged()).isEmpty();
    } finally {
      unmount(disk);
    }
  }

  /**
   * Spark leaves its event log open where the disk was full when it closed it: its PrintWriter
   * hides the error, and the file below is forgotten. It goes with this process.
   */
  private static void unmount(Path disk) throws Exception {
    assertThat(done("umount", "--lazy", disk.toString())).isTrue();
  }

  private static boolean mount(String options, Path on) throws Exception {
    return done("mount", "-t", "tmpfs", "-o", options, "none", on.toString());
  }

  private static boolean done(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // There is no such command.
    }
  }

  private static boolean hasObject(String run, String beginning) {
    Path below = inBucket(run).resolve(beginning);
    Path parent = beginning.endsWith("/") ? below : below.getParent();
    String name = beginning.endsWith("/") ? "" : below.getFileName().toString();
    try (Stream<Path> files = Files.list(parent)) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith(name));
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }
}
