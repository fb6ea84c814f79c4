package dev.thresher.jobs;

import dev.thresher.jobs.config.Nearest;
import dev.thresher.network.NetworkFormatException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code thresher JOB [options]}; the same class works under {@code deploy/thresher}
 * and under a plain {@code spark-submit}. Exit codes: {@link ExitCode}.
 */
@Command(
    name = "thresher",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "JOB",
    description = "Quantizes networks to int8 on Apache Spark by training threshold scales.",
    footer = {
      "",
      "Precedence: --set, then --conf (later files win), then conf/reference.conf.",
      "Exit codes: 0 done, 2 bad usage or configuration, 3 bad input, 4 quality gate,",
      "5 another job was faster, 6 damaged objects, 1 anything else.",
      "Results go to standard output, with --json as one JSON object; all else to standard error.",
      "NO_COLOR=1 switches colours off, THRESHER_LOG_FORMAT=json makes standard error JSON lines."
    })
public final class Main implements Runnable {
  private static final String PREFIX = "thresher:";
  private static final String GOES_ON =
      "A run that had begun goes on when it is started again with its --run.";

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    ExitCode code = ExitCode.FAILED;
    try {
      PrintStream err =
          JsonLines.isAskedFor(System.getenv()) ? JsonLines.to(System.err) : terminal();
      code = run(arguments, Stages.all(), System.out, err, colours());
    } catch (Error e) {
      // Threads of Spark may be left: without an exit they would keep the process alive.
      e.printStackTrace(System.err);
      if (ExitCode.ofAFullHeap(e).isPresent()) {
        System.err.println(PREFIX + " " + Printable.line(foreign(e)));
      }
    }
    System.exit(code.status());
  }

  /** Standard error; on a terminal, one that keeps the line of progress last, logs included. */
  private static PrintStream terminal() {
    Optional<String> columns = Optional.ofNullable(System.getProperty(TerminalStream.COLUMNS));
    TerminalStream.of(System.err, columns, System.getenv()).ifPresent(System::setErr);
    return System.err;
  }

  /** Colours where they are seen: on a terminal, unless it is dumb or NO_COLOR is set. */
  @SuppressWarnings("SystemConsoleNull") // deploy/jvm.flags keeps it so beyond Java 21.
  private static Ansi colours() {
    return System.console() != null && Terminal.mayColour(System.getenv()) ? Ansi.ON : Ansi.OFF;
  }

  /** Runs the command within this process, without colours. */
  static ExitCode run(String[] arguments, List<Stage> stages, PrintStream out, PrintStream err) {
    return run(arguments, stages, out, err, Ansi.OFF);
  }

  private static ExitCode run(
      String[] arguments, List<Stage> stages, PrintStream out, PrintStream err, Ansi ansi) {
    Quiet.refusedWrites();
    int status = line(stages, out, err, ansi).execute(arguments);
    return Arrays.stream(ExitCode.values())
        .filter(code -> code.status() == status)
        .findFirst()
        .orElse(ExitCode.FAILED);
  }

  private static CommandLine line(List<Stage> stages, PrintStream out, PrintStream err, Ansi ansi) {
    CommandLine line = new CommandLine(new Main());
    for (Job job : Job.values()) {
      CommandLine command = new CommandLine(new JobCommand(job, stages, out, err));
      command
          .getCommandSpec()
          .usageMessage()
          .description(job.summary(), "", job.description(), "")
          .sortOptions(false);
      line.addSubcommand(job.id(), command);
    }
    line.addSubcommand("bench", new BenchCommand(out, err));
    line.addSubcommand("doctor", new DoctorCommand(out, ansi));
    line.addSubcommand("fsck", new FsckCommand(out, err, ansi));
    line.addSubcommand("publish", new PublishCommand(out));
    line.addSubcommand("rollback", new RollbackCommand(out));
    line.addSubcommand("published", new PublishedCommand(out, err));
    line.addSubcommand("completion", new CompletionCommand(out));
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    line.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
    line.setUsageHelpAutoWidth(false).setUsageHelpWidth(100);
    line.setParameterExceptionHandler((e, args) -> misused(e, err, ansi));
    line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command, err, ansi));
    return line;
  }

  /** Without a job there is nothing to do but to say which there are. */
  @Override
  public void run() {
    throw new UsageException("No job is given; 'thresher --help' lists them");
  }

  private static int misused(ParameterException e, PrintStream err, Ansi ansi) {
    err.println(prefix(ansi) + explain(e));
    return ExitCode.USAGE.status();
  }

  private static String explain(ParameterException e) {
    CommandLine command = e.getCommandLine();
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return e.getMessage();
    }
    String word = unmatched.getUnmatched().get(0);
    boolean isJob = command.getParent() == null && !word.startsWith("-");
    List<String> known =
        isJob
            ? List.copyOf(command.getSubcommands().keySet())
            : List.copyOf(command.getCommandSpec().optionsMap().keySet());
    Optional<String> near = Nearest.to(word, known);
    return "There is no "
        + (isJob ? "job" : "option")
        + " '"
        + word
        + "'"
        + near.map(name -> "; did you mean '" + name + "'?").orElse("")
        + " '"
        + command.getCommandSpec().qualifiedName()
        + " --help' lists them";
  }

  private static String prefix(Ansi ansi) {
    return ansi.string("@|bold,red " + PREFIX + "|@ ");
  }

  /** What Spark throws goes on with the traces of its tasks. */
  private static String firstLine(Throwable thrown) {
    return thrown.toString().lines().findFirst().orElse("");
  }

  /** The message for what is not ours. */
  private static String foreign(Throwable thrown) {
    if (ExitCode.isOfAFullDisk(thrown)) {
      return "A disk that Spark works on is full: "
          + firstLine(thrown)
          + ". Make room below spark.local.dir of that machine, or set it to another folder. "
          + GOES_ON;
    }
    return ExitCode.ofAFullHeap(thrown)
        .map(
            heap ->
                "A Java process had too little heap: "
                    + firstLine(heap)
                    + ". Give the driver more with THRESHER_HEAP (spark.driver.memory), executors"
                    + " with spark.executor.memory. "
                    + GOES_ON)
        .orElseGet(() -> firstLine(thrown) + " (--debug prints where it happened)");
  }

  private static int failed(Exception thrown, CommandLine command, PrintStream err, Ansi ansi) {
    Optional<Throwable> ours = ExitCode.ours(thrown);
    String message = ours.map(Throwable::getMessage).orElseGet(() -> foreign(thrown));
    // A network's message is one line, whatever its tensors are called.
    boolean several = ours.filter(NetworkFormatException.class::isInstance).isEmpty();
    Stream<String> lines = several ? message.lines() : Stream.of(message.strip());
    lines.forEach(line -> err.println(prefix(ansi) + Printable.line(line)));
    boolean debug = command.getCommand() instanceof Debuggable job && job.debug();
    if (debug) {
      thrown.printStackTrace(err);
    }
    return ExitCode.of(thrown).status();
  }
}
