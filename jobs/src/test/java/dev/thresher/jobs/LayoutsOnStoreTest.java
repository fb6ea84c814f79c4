package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.sample.SyntheticImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in an object store, as folders and as ImageNet's archives, are the images on disk. */
@Tag("slow")
class LayoutsOnStoreTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BUCKET = "sets";

  @TempDir static Path folder;
  private static Workplace place;
  private static LocalObjectStore server;
  private static JsonNode expected;

  @BeforeAll
  static void start() throws IOException {
    place = Workplace.in(folder);
    Path set = place.path("many");
    new SyntheticImages(Workplace.CLASSES, 3, 40, 1).write(set);
    server = LocalObjectStore.start(Installation.home().orElseThrow(), place.path("s3"), BUCKET);
    train(set, place.path("ILSVRC2012_img_train.tar"));
    validation(set, place.path("ILSVRC2012_img_val.tar"));
    upload(set, "folders");
    upload(place.path("ILSVRC2012_img_train.tar"), "");
    upload(place.path("ILSVRC2012_img_val.tar"), "");
    expected = manifest("disk", "train", "data.train=" + set, "data.validation=" + set);
    assertThat(expected.required("images").asInt()).isEqualTo(36);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static List<Path> children(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.sorted().toList();
    }
  }

  private static void upload(Path from, String to) throws IOException {
    Configuration hadoop = new Configuration();
    server.settings().hadoopSettings().forEach(hadoop::set);
    URI bucket = URI.create("s3a://" + BUCKET + "/");
    try (FileSystem store = FileSystem.newInstance(bucket, hadoop)) {
      store.copyFromLocalFile(
          new org.apache.hadoop.fs.Path(from.toString()),
          new org.apache.hadoop.fs.Path(bucket + to));
    }
  }

  private static TarArchiveOutputStream tar(OutputStream out) {
    return new TarArchiveOutputStream(out);
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static List<Path> classes(Path set) throws IOException {
    return children(set).stream().filter(Files::isDirectory).toList();
  }

  private static void train(Path set, Path file) throws IOException {
    try (TarArchiveOutputStream whole = tar(Files.newOutputStream(file))) {
      for (Path one : classes(set)) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream inner = tar(bytes)) {
          for (Path image : children(one)) {
            add(inner, image.getFileName().toString(), Files.readAllBytes(image));
          }
        }
        add(whole, one.getFileName() + ".tar", bytes.toByteArray());
      }
    }
  }

  /** With its ground truth, which counts the classes backwards and from 1. */
  private static void validation(Path set, Path file) throws IOException {
    List<String> kit = new ArrayList<>();
    Map<String, Integer> truth = new TreeMap<>();
    try (TarArchiveOutputStream tar = tar(Files.newOutputStream(file))) {
      List<Path> classes = classes(set);
      for (int c = classes.size() - 1; c >= 0; c--) {
        kit.add(classes.get(c).getFileName().toString());
        for (Path image : children(classes.get(c))) {
          add(tar, image.getFileName().toString(), Files.readAllBytes(image));
          truth.put(image.getFileName().toString(), kit.size());
        }
      }
    }
    Files.write(place.path("kit.txt"), kit);
    Files.write(place.path("truth.txt"), truth.values().stream().map(String::valueOf).toList());
  }

  private static JsonNode manifest(String run, String set, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--run",
                run,
                "sample.fraction=0.5",
                "store.s3.endpoint=" + server.settings().endpoint(),
                "store.s3.access-key=" + server.settings().accessKey().reveal(),
                "store.s3.secret-key=" + server.settings().secretKey().reveal()));
    words.addAll(List.of(more));
    Workplace.Outcome outcome = place.thresher("sample", words.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    return JSON.readTree(place.run(run).resolve("sample/" + set + "/manifest.json").toFile());
  }

  private static void assertSame(JsonNode given, JsonNode wanted) {
    assertThat(given.required("parts")).isEqualTo(wanted.required("parts"));
    assertThat(given.required("strata")).isEqualTo(wanted.required("strata"));
    assertThat(given.required("labelled")).isEqualTo(wanted.required("labelled"));
  }

  @Test
  void foldersOfAStoreAreTheFoldersOfTheDisk() throws IOException {
    assertSame(manifest("folders", "train", "data.train=s3a://sets/folders"), expected);
  }

  @Test
  void theArchivesOfAStoreAreTheFoldersOfTheDisk() throws IOException {
    String validation = "sample/validation/manifest.json";
    JsonNode folders = JSON.readTree(place.run("disk").resolve(validation).toFile());
    JsonNode train =
        manifest(
            "archives",
            "train",
            "data.train=s3a://sets/ILSVRC2012_img_train.tar",
            "data.validation=s3a://sets/ILSVRC2012_img_val.tar",
            "data.validation-labels=" + place.path("truth.txt"),
            "data.validation-classes=" + place.path("kit.txt"));
    assertSame(train, expected);
    assertSame(JSON.readTree(place.run("archives").resolve(validation).toFile()), folders);
  }
}
