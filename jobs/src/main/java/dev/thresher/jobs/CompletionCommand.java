package dev.thresher.jobs;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what teaches a shell the jobs and their options. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = {
      "Print a script that completes jobs and options in bash and zsh.",
      "",
      "For this shell: source <(deploy/thresher completion)",
      "For all: deploy/thresher completion > ~/.local/share/bash-completion/completions/thresher",
      ""
    })
final class CompletionCommand implements Runnable {
  private final PrintStream out;

  @Spec private CommandSpec spec;

  CompletionCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    out.print(AutoComplete.bash("thresher", spec.root().commandLine()));
  }
}
