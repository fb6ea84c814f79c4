package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.thresher.sample.SyntheticImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder with drawn pictures, the shipped network and a configuration for runs of seconds, and
 * the command as a user gives it there: real stages on a real Spark.
 */
final class Workplace {
  static final int CLASSES = 24;
  static final int TRAIN_IMAGES = CLASSES;
  static final int ROUNDS = 2;

  private static final String CONFIGURATION =
      """
      model.path = "%1$s/shapes.onnx"
      model.preprocessing {
        resize = 64, crop = 64, channels = rgb
        mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225]
      }
      data.train = "%1$s/train"
      data.validation = "%1$s/validation"
      data.labels = "%1$s/train/synset_words.txt"
      store.root = "%1$s/store"
      sample { fraction = 1, part-images = 4 }
      calibrate.images = 12
      finetune { epochs = 1, batch = 4, shards = 3, steps-per-round = 1, learning-rate = 0.002 }
      progress.interval = 60
      spark.master = "local[2]"
      """;

  private final Path folder;

  /** What the command said and how it ended. */
  record Outcome(ExitCode code, String out, String err) {
    /** The message: without the configuration and the progress that are printed before it. */
    String told() {
      int begin = err.indexOf("thresher: ");
      return begin < 0 ? "" : err.substring(begin);
    }

    @Override
    public String toString() {
      return code + "\n--- out\n" + out + "\n--- err\n" + err;
    }
  }

  private Workplace(Path folder) {
    this.folder = folder;
  }

  static Workplace in(Path folder) throws IOException {
    Workplace place = new Workplace(folder);
    Files.write(place.path("shapes.onnx"), network());
    new SyntheticImages(CLASSES, 1, 72, 1).write(place.path("train"));
    new SyntheticImages(CLASSES, 1, 72, 2).write(place.path("validation"));
    Files.writeString(place.path("small.conf"), CONFIGURATION.formatted(folder));
    return place;
  }

  /** The quick start's network, as a file. */
  static byte[] network() throws IOException {
    try (InputStream in =
        Quickstart.class.getResourceAsStream("quickstart/shapes-mobilenet-v2.onnx")) {
      return in.readAllBytes();
    }
  }

  Path path(String relative) {
    return folder.resolve(relative);
  }

  /** {@code thresher JOB --conf small.conf MORE}. */
  Outcome thresher(String job, String... more) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ExitCode code =
        Main.run(
            arguments(job, more).toArray(String[]::new),
            Stages.all(),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8));
    return new Outcome(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  List<String> arguments(String job, String... more) {
    List<String> all = new ArrayList<>(List.of(job, "--conf", path("small.conf").toString()));
    for (String word : more) {
      all.addAll(word.startsWith("--") ? List.of(word) : optionsOf(word));
    }
    return all;
  }

  /** {@code key=value} stands for {@code --set key=value}; any other word for itself. */
  private static List<String> optionsOf(String word) {
    return word.matches("[a-z0-9.-]+=.*") ? List.of("--set", word) : List.of(word);
  }

  Path run(String id) {
    return path("store/runs").resolve(id);
  }

  /** Bytes of all files below a run's folder, by relative name. */
  Map<String, byte[]> files(String id, String below) {
    return filesBelow(run(id).resolve(below));
  }

  static Map<String, byte[]> filesBelow(Path root) {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new AssertionError("cannot read " + root, e);
    }
    return files;
  }
}
