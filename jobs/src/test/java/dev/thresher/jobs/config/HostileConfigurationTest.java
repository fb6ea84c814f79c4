package dev.thresher.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of settings that were made to do harm, and what files may include. */
class HostileConfigurationTest {
  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static Configuration load(Path file) {
    return new ConfigurationLoader(Optional.empty()).file(file.toString()).load();
  }

  private static void refused(Path file, String... told) {
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(told);
  }

  static List<String> texts() {
    StringBuilder texts = new StringBuilder("spark.a0 = \"0123456789\"\n");
    StringBuilder lists = new StringBuilder("spark.a0 = [1, 2]\n");
    StringBuilder objects = new StringBuilder("spark.a0 { x = 1, y = 2 }\n");
    StringBuilder quoted = new StringBuilder("spark.\"a.0\" = [\"${\", 1]\n");
    StringBuilder itself = new StringBuilder("spark.a = \"0123456789\"\n");
    StringBuilder sections = new StringBuilder("spark.s0 { x = \"0123456789\" }\n");
    for (int i = 1; i <= 40; i++) {
      texts.append("spark.a%d = ${spark.a%d}${spark.a%d}\n".formatted(i, i - 1, i - 1));
      lists.append("spark.a%d = [${spark.a%d}, ${?spark.a%d}]\n".formatted(i, i - 1, i - 1));
      objects.append(
          "spark.a%d { l = ${spark.a%d}, r = ${spark.a%d} }\n".formatted(i, i - 1, i - 1));
      quoted.append(
          "spark.\"a.%d\" = [\"${\", ${spark.\"a.%d\"}, ${ spark.\"a.%d\" }]\n"
              .formatted(i, i - 1, i - 1));
      itself.append("spark.a = ${spark.a}${spark.a}\n");
      sections.append(
          "spark.s%d { a { b = ${spark.s%d} }, c = ${spark.s%d} }\n".formatted(i, i - 1, i - 1));
    }
    return List.of(
        "spark.a = " + "{a=".repeat(100_000) + "1" + "}".repeat(100_000),
        "spark.a = " + "[".repeat(100_000) + "]".repeat(100_000),
        "{".repeat(500_000),
        "a.".repeat(100_000) + "a = 1",
        texts.toString(),
        lists.toString(),
        objects.toString(),
        quoted.toString(),
        itself.toString(),
        sections.toString(),
        "spark.a = \"x\"\nspark.b = " + "${spark.a}".repeat(2_000),
        "spark.a = ${spark.b}\nspark.b = ${spark.a}",
        "spark.a = ${spark.a}",
        "spark.a = \"" + "x".repeat(2_000_000) + "\"");
  }

  @ParameterizedTest
  @MethodSource("texts")
  void isRefusedInWords(String text) throws IOException {
    refused(write("h.conf", text), "Cannot read ");
  }

  @Test
  void ordinaryReferencesAreResolved() throws IOException {
    Path file =
        write(
            "o.conf",
            """
            spark.a = base
            spark.b = ${spark.a}/x
            spark.b = ${spark.b}":y"
            spark.c = ${?NOT_SET}
            data.train = []
            data.train += /one
            data.train += ${spark.b}
            """);
    Configuration loaded = load(file);

    assertThat(loaded.settings().spark().properties()).containsEntry("spark.b", "base/x:y");
    assertThat(loaded.settings().data().train()).hasSize(2).contains("/one");
  }

  @Test
  void whatIsIncludedLiesBesideTheFileWhateverTheFileIsCalled() throws IOException {
    write("inner/more.conf", "include \"last.json\"\nfinetune.epochs = 9");
    write("inner/last.json", "{\"finetune\": {\"batch\": 9}}");
    Path file =
        write(
            "o.conf",
            "include required(\"inner/more\")\ninclude \"quickstart\"\nfinetune.shards = 9");
    Settings.Finetune finetune = load(file).settings().finetune();

    assertThat(finetune.batch()).isEqualTo(9);
    assertThat(finetune.shards()).isEqualTo(9);
    Path here = Path.of("").toAbsolutePath();
    Path bare =
        Files.writeString(here.resolve("target/bare-include.conf"), "include \"beside.conf\"");
    Files.writeString(here.resolve("target/beside.conf"), "run.seed = 77");
    Path relative = here.relativize(bare);
    assertThat(load(relative).settings().run().seed()).isEqualTo(77);
  }

  @Test
  void whatIsIncludedMustBeThereAndIsNeverFetched() throws IOException {
    refused(write("a.conf", "include \"none.conf\""), "a.conf", "'none.conf'", "no such file");
    refused(write("b.conf", "include file(\"/no/such.conf\")"), "'/no/such.conf'", "no such file");
    refused(write("c.conf", "include classpath(\"none\")"), "'none'", "no such file");
    for (String form : List.of("url(\"%s\")", "\"%s\"", "required(url(\"%s\"))")) {
      for (String address : List.of("http://127.0.0.1:9/x", "file:///etc/passwd")) {
        refused(write("d.conf", "include " + form.formatted(address)), "not fetched");
      }
    }
    refused(write("e.conf", "include \"e.conf\"\ninclude \"e.conf\""), "e.conf");
    refused(write("f.conf", "include \"/dev/zero\""), "/dev/zero", "no regular file");
  }

  @Test
  void onlyRegularFilesOfABoundedSizeAreSettings() throws IOException {
    refused(Path.of("/dev/zero"), "/dev/zero", "no regular file");
    try (RandomAccessFile large = new RandomAccessFile(folder.resolve("l.conf").toFile(), "rw")) {
      large.setLength(3L << 30);
    }
    refused(folder.resolve("l.conf"), "l.conf", "more than 1048576 bytes");
  }
}
