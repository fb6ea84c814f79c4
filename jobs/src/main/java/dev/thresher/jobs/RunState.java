package dev.thresher.jobs;

import dev.thresher.store.StoreTraffic;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where a run stands, for those who watch it; nothing of the run depends on it. Safe for concurrent
 * use.
 */
final class RunState {
  private final String run;
  private final String job;
  private final List<Runnable> observers = new ArrayList<>();
  private final Deque<Progress.Work> work = new ArrayDeque<>();

  private Phase phase = Phase.WAITING;
  private String stage = "";
  private int number;
  private long stageBegin = System.nanoTime();
  private Round round = Round.NONE;
  private Figures figures = Figures.NONE;
  private long imagesEnded;
  private long skipped;
  private long repeated;

  /** What becomes of the run in this process. */
  enum Phase {
    /** Nothing has begun. */
    WAITING(0),
    /** A stage is at work. */
    RUNNING(1),
    /** All that was asked for is committed. */
    DONE(2),
    /** It ended with an error. */
    FAILED(3);

    private final int code;

    Phase(int code) {
      this.code = code;
    }

    /** What the metrics say for it. */
    int code() {
      return code;
    }
  }

  /** The newest round of fine-tuning; NaN and 0 before the first. */
  record Round(int round, int rounds, double loss, double learningRate) {
    static final Round NONE = new Round(0, 0, Double.NaN, Double.NaN);
  }

  /** What evaluation found, in percent; NaN where it is not known. */
  record Figures(double top1, double floatTop1, double agreement) {
    static final Figures NONE = new Figures(Double.NaN, Double.NaN, Double.NaN);
  }

  /**
   * One moment.
   *
   * @param number of the stage among those of the job, from 1; 0 before the first
   * @param work the piece of work that goes on, empty between two
   * @param done units of it
   * @param total units of it
   * @param unit of it, in the plural
   * @param perSecond units of it, since it began
   * @param images of all work of this process that counts images
   */
  record Snapshot(
      Instant time,
      String run,
      String job,
      Phase phase,
      String stage,
      int number,
      double stageSeconds,
      String work,
      long done,
      long total,
      String unit,
      double perSecond,
      Round round,
      Figures figures,
      long images,
      long skipped,
      long repeated,
      long bytesRead,
      long bytesWritten) {}

  RunState(String run, String job) {
    this.run = run;
    this.job = job;
  }

  synchronized Snapshot snapshot() {
    Progress.Work now = work.peek();
    double seconds = now == null ? 0 : now.seconds();
    long done = now == null ? 0 : now.done();
    return new Snapshot(
        Instant.now(),
        run,
        job,
        phase,
        stage,
        number,
        stage.isEmpty() ? 0 : (System.nanoTime() - stageBegin) / 1e9,
        now == null ? "" : now.name(),
        done,
        now == null ? 0 : now.total(),
        now == null ? "" : now.unit(),
        seconds > 0 ? done / seconds : 0,
        round,
        figures,
        imagesEnded + work.stream().mapToLong(Progress.Work::images).sum(),
        skipped,
        repeated,
        StoreTraffic.read(),
        StoreTraffic.written());
  }

  /** Calls this at the beginning and end of each stage, and when the run ends. */
  synchronized void observe(Runnable observer) {
    observers.add(observer);
  }

  void begins(String newStage) {
    synchronized (this) {
      phase = Phase.RUNNING;
      stage = newStage;
      number++;
      stageBegin = System.nanoTime();
    }
    tell();
  }

  void ends(Phase newPhase) {
    synchronized (this) {
      phase = newPhase;
      stage = newPhase == Phase.DONE ? "" : stage;
    }
    tell();
  }

  private void tell() {
    List<Runnable> all;
    synchronized (this) {
      all = List.copyOf(observers);
    }
    all.forEach(Runnable::run);
  }

  synchronized void begins(Progress.Work newWork) {
    work.push(newWork);
  }

  synchronized void ends(Progress.Work ended) {
    if (work.remove(ended)) {
      imagesEnded += ended.images();
    }
  }

  synchronized void reached(Round newest) {
    round = newest;
  }

  synchronized void evaluated(Figures found) {
    figures = found;
  }

  synchronized void skipped(long images) {
    skipped += images;
  }

  synchronized void repeated() {
    repeated++;
  }
}
