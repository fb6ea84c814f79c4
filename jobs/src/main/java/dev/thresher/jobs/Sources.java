package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Secret;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options with which a command line gives configuration. */
final class Sources {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      description = "A configuration file, or the name of one in conf/; later ones win.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One value of the configuration; wins over all files.")
  private List<String> assignments = new ArrayList<>();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Adds all of them, and warns of what others on this machine can see. */
  void addTo(ConfigurationLoader loader) {
    files.forEach(loader::file);
    assignments.forEach(loader::set);
    assignments.stream().filter(Sources::showsSecret).forEach(this::warn);
  }

  private static boolean showsSecret(String assignment) {
    String key = key(assignment);
    String value = assignment.substring(assignment.indexOf('=') + 1);
    return Secret.isSecret(key) ? !value.isBlank() : !Secret.masked(value).equals(value);
  }

  private static String key(String assignment) {
    return assignment.substring(0, Math.max(0, assignment.indexOf('='))).strip();
  }

  private void warn(String assignment) {
    String key = Printable.line(key(assignment));
    command
        .commandLine()
        .getErr()
        .println(
            "warning: --set "
                + key
                + " may hold a secret, and every user of this machine can read it in the list of"
                + " processes. Write it into a file that only you can read and give that with"
                + " --conf, or name a variable of the environment in such a file: "
                + key
                + " = ${NAME}");
  }
}
