package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.image.ChannelOrder;
import dev.thresher.image.Interpolation;
import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import dev.thresher.sample.FolderParts;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLabels;
import dev.thresher.sample.ImageNote;
import dev.thresher.sample.Labels;
import dev.thresher.sample.Layout;
import dev.thresher.sample.LayoutChoice;
import dev.thresher.sample.LayoutWriter;
import dev.thresher.sample.MemoryFile;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.Sources;
import dev.thresher.sample.SyntheticImages;
import dev.thresher.sample.TableColumns;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables, shards, lists and folders as people have them, beside those of the hubs. */
@Tag("slow")
class BroughtSetsTest {
  private static final Preprocessing SMALL =
      new Preprocessing(
          24,
          24,
          Preprocessing.IMAGENET_TORCHVISION.mean(),
          Preprocessing.IMAGENET_TORCHVISION.std(),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);
  private static final int IMAGES = 8;
  private static final int CLASSES = 4;
  private static final TableColumns FINE = new TableColumns("img", "fine_label");

  private static JavaSparkContext spark;
  private static List<byte[]> jpegs;
  private final ImageFiles files = new ImageFiles(Map.of());
  @TempDir private Path root;
  private Path set;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("brought")
                .set("spark.ui.enabled", "false"));
    SyntheticImages drawn = new SyntheticImages(1, IMAGES, 32, 3);
    jpegs = IntStream.range(0, IMAGES).mapToObj(i -> drawn.jpeg(0, i)).toList();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void makeFolder() throws IOException {
    set = Files.createDirectory(root.resolve("set"));
  }

  private static int label(int i) {
    return i % CLASSES;
  }

  private SamplePlan plan(String location, LayoutChoice choice, TableColumns columns) {
    return new SampleDraw(spark, "s", files, new SampleDraw.Ask(SampleSize.AUTO, 1, 64, 2, 0.2))
        .draw(
            List.of(Sources.open(location, choice, columns, files)),
            Labels.none(),
            ImageLabels.none());
  }

  private Sampled sample(String location, LayoutChoice choice, TableColumns columns)
      throws IOException {
    FolderParts parts = new FolderParts(Files.createTempDirectory(root, "parts").toString());
    SampleManifest manifest =
        new SamplePreparation(SMALL, files, parts, 0.2, columns)
            .run(spark, "s", plan(location, choice, columns), spark.sc().longAccumulator());
    PreparedParts read = new PreparedParts(manifest, parts);
    Map<String, PreparedImage> images = new TreeMap<>();
    for (int part = 0; part < read.parts(); part++) {
      read.load(part).forEach(image -> images.put(image.id(), image));
    }
    return new Sampled(manifest, images);
  }

  private Sampled sample(Path location) throws IOException {
    return sample(location.toString(), LayoutChoice.AUTO, TableColumns.USUAL);
  }

  private record Sampled(SampleManifest manifest, Map<String, PreparedImage> images) {
    void assertLabelled(String... classes) {
      assertThat(manifest.images()).isEqualTo(IMAGES);
      assertThat(images).hasSize(IMAGES);
      assertThat(manifest.labelled()).isEqualTo(IMAGES);
      images
          .values()
          .forEach(image -> assertThat(image.className()).isEqualTo(classes[image.label()]));
    }
  }

  private void table(String schema, Map<String, String> metadata, BiConsumer<Group, Integer> fill)
      throws IOException {
    MessageType type = MessageTypeParser.parseMessageType(schema);
    MemoryFile.Output file = new MemoryFile.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(file)
            .withType(type)
            .withConf(new Configuration(false))
            .withExtraMetaData(metadata)
            .build()) {
      for (int i = 0; i < IMAGES; i++) {
        Group row = new SimpleGroup(type);
        fill.accept(row, i);
        writer.write(row);
      }
    }
    Files.write(set.resolve("train-00000-of-00001.parquet"), file.toByteArray());
  }

  private static Binary jpeg(int i) {
    return Binary.fromConstantByteArray(jpegs.get(i));
  }

  private void files(String pattern) throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      Files.write(set.resolve(pattern.formatted(i)), jpegs.get(i));
    }
  }

  @Test
  void columnsOfOtherNamesAreNamedByTheUserAndTheirTypesAreSaid() throws IOException {
    table(
        "message r { optional group img { optional binary bytes; optional binary path (STRING); }"
            + " optional int64 fine_label; optional int64 coarse_label; optional double score; }",
        Map.of(),
        (row, i) -> {
          row.addGroup("img").add("bytes", jpeg(i));
          row.add("fine_label", (long) label(i));
          row.add("coarse_label", 0L);
          row.add("score", 0.5);
        });
    sample(set.toString(), LayoutChoice.AUTO, FINE).assertLabelled("0", "1", "2", "3");
    assertThat(sample(set).manifest().labelled()).as("two columns could be the labels").isZero();
    assertThatThrownBy(() -> plan(set.toString(), LayoutChoice.AUTO, new TableColumns("score", "")))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("img: struct<bytes: binary, path: string>")
        .hasMessageContaining("fine_label: int64")
        .hasMessageContaining("score: double")
        .hasMessageContaining("data.columns.image");
    assertThatThrownBy(
            () -> plan(set.toString(), LayoutChoice.AUTO, new TableColumns("img", "score")))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("data.columns.label");
  }

  @Test
  void plainBytesAndClassesByNameAreTaken() throws IOException {
    table(
        "message r { required binary image; required binary label (STRING); }",
        Map.of(),
        (row, i) -> row.append("image", jpeg(i)).append("label", "c" + label(i)));
    sample(set).assertLabelled("c0", "c1", "c2", "c3");
  }

  @Test
  void numbersStandForTheClassesThatTheTablesMetadataName() throws IOException {
    table(
        "message r { required binary img; required int64 fine_label; required int64 other; }",
        Map.of(
            "huggingface",
            """
            {"info": {"features": {"img": {"_type": "Image"}, "other": {"dtype": "int64", "_type": "Value"},
            "fine_label": {"names": ["ant", "bee", "cat", "dog"], "_type": "ClassLabel"}}}}"""),
        (row, i) ->
            row.append("img", jpeg(i)).append("fine_label", (long) label(i)).append("other", 9L));
    sample(set).assertLabelled("ant", "bee", "cat", "dog");
  }

  @Test
  void rowsOfPathsAloneStandForFilesBesideTheTable() throws IOException {
    files("%d.jpg");
    table(
        "message r { optional group image { optional binary bytes; optional binary path (STRING); }"
            + " optional int64 label; }",
        Map.of(),
        (row, i) -> {
          row.addGroup("image").add("path", i + ".jpg");
          row.add("label", (long) label(i));
        });
    Sampled sampled =
        sample(
            set.resolve("train-00000-of-00001.parquet").toString(),
            LayoutChoice.AUTO,
            TableColumns.USUAL);
    sampled.assertLabelled("0", "1", "2", "3");
    assertThat(sampled.images()).containsKey("1/5.jpg");
  }

  @Test
  void rowsWithoutAnImageAreListedAsThat() throws IOException {
    table(
        "message r { optional binary image; }",
        Map.of(),
        (row, i) -> {
          if (i > 0) {
            row.append("image", jpeg(i));
          }
        });
    assertThat(sample(set).manifest().bad())
        .extracting(ImageNote::reason)
        .containsExactly("its row holds no bytes");
  }

  @Test
  void rowsOfOnePathAreToldApartByTheirNumber() throws IOException {
    table(
        "message r { optional group image { optional binary bytes; optional binary path (STRING); }"
            + " optional int64 label; }",
        Map.of(),
        (row, i) -> {
          row.addGroup("image").append("bytes", jpeg(i)).append("path", "image.jpg");
          row.add("label", (long) label(i));
        });
    Sampled sampled = sample(set);
    sampled.assertLabelled("0", "1", "2", "3");
    assertThat(sampled.manifest().namedByPlace()).isTrue();
    assertThat(sampled.images()).containsKey("1/train-00000-of-00001.parquet-000000005");
  }

  @Test
  void equalKeysOfTwoShardsAreDifferentImages() throws IOException {
    for (int shard = 0; shard < 2; shard++) {
      try (LayoutWriter.Tar tar =
          new LayoutWriter.Tar(Files.newOutputStream(set.resolve(shard + ".tar")))) {
        for (int i = 0; i < IMAGES / 2; i++) {
          tar.add("%05d.jpg".formatted(i), jpegs.get(shard * IMAGES / 2 + i));
          tar.add(
              "%05d.cls".formatted(i), Integer.toString(label(i)).getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    Sampled sampled = sample(set);
    sampled.assertLabelled("0", "1", "2", "3");
    assertThat(sampled.images()).containsKeys("1/0.tar/00001.jpg", "1/1.tar/00001.jpg");
  }

  @Test
  void labelsBehindAllImagesOfAShardFindTheirImages() throws IOException {
    try (LayoutWriter.Tar tar = new LayoutWriter.Tar(Files.newOutputStream(set.resolve("0.tar")))) {
      for (int i = 0; i < IMAGES; i++) {
        tar.add("%05d.v1.jpg".formatted(i), jpegs.get(i));
      }
      for (int i = IMAGES - 1; i >= 0; i--) {
        tar.add(
            "%05d.cls".formatted(i), Integer.toString(label(i)).getBytes(StandardCharsets.UTF_8));
      }
      tar.add("00000.txt", "a caption".getBytes(StandardCharsets.UTF_8));
    }
    Sampled sampled = sample(set);
    sampled.assertLabelled("0", "1", "2", "3");
    assertThat(sampled.manifest().leftOut()).isEqualTo(Map.of(".txt", 1));
  }

  @Test
  void messagesNameMembersThatExist() throws IOException {
    try (LayoutWriter.Tar tar = new LayoutWriter.Tar(Files.newOutputStream(set.resolve("0.tar")))) {
      for (int i = 0; i < IMAGES; i++) {
        byte[] image = i == 0 ? Arrays.copyOf(jpegs.get(0), 300) : jpegs.get(i);
        tar.add("n01440764_%d.jpg".formatted(i), image);
        tar.add("n01440764_%d.cls".formatted(i), "n01440764".getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(sample(set).manifest().bad())
        .extracting(ImageNote::path)
        .singleElement()
        .asString()
        .startsWith(set.resolve("0.tar") + "!n01440764_0.jpg");
  }

  @Test
  void aJpegThatEndsEarlyIsSkippedAndCounted() throws IOException {
    files("%d.jpg");
    byte[] whole = jpegs.get(0);
    Files.write(set.resolve("0.jpg"), Arrays.copyOf(whole, whole.length * 2 / 3));
    SampleManifest manifest = sample(set).manifest();
    assertThat(manifest.images()).isEqualTo(IMAGES - 1);
    assertThat(manifest.bad())
        .extracting(ImageNote::reason)
        .singleElement()
        .asString()
        .contains("end early");
  }

  @Test
  void filesOfOtherKindsAreCounted() throws IOException {
    Path images = Files.createDirectory(set.resolve("c"));
    for (int i = 0; i < IMAGES; i++) {
      Files.write(images.resolve(i + ".jpg"), jpegs.get(i));
    }
    Files.write(images.resolve("x.AVIF"), new byte[9]);
    Files.write(images.resolve("y.avif"), new byte[9]);
    Files.write(images.resolve("notes"), new byte[9]);
    Files.write(images.resolve(".hidden"), new byte[9]);
    assertThat(sample(set).manifest().leftOut()).isEqualTo(Map.of(".avif", 2, "no suffix", 1));
  }

  @Test
  void partsOfASetAreNoClasses() throws IOException {
    for (String part : List.of("Train", "val")) {
      Path images = Files.createDirectories(set.resolve(part + "/c"));
      Files.write(images.resolve(part + ".jpg"), jpegs.get(0));
    }
    assertThatThrownBy(() -> sample(set))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("are called Train, val")
        .hasMessageContaining(set.resolve("Train").toString())
        .hasMessageContaining("data.layout");
    assertThat(sample(set.toString(), LayoutChoice.FOLDERS, TableColumns.USUAL).images())
        .containsOnlyKeys("Train/c/Train.jpg", "val/c/val.jpg");
    Path tar = root.resolve("both.tar");
    try (LayoutWriter.Tar both = new LayoutWriter.Tar(Files.newOutputStream(tar))) {
      both.add("set/train/c/a.jpg", jpegs.get(0)).add("set/val/c/b.jpg", jpegs.get(1));
    }
    assertThatThrownBy(() -> sample(tar))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("train and val");
  }

  @Test
  void aSmallSetIsUsedWholeInAPartForEachShard() throws IOException {
    files("%d.jpg");
    SampleManifest manifest = sample(set).manifest();
    assertThat(manifest.images()).isEqualTo(IMAGES);
    assertThat(manifest.parts()).hasSize(2);
    assertThat(SampleSize.AUTO.of(1)).isEqualTo(1);
    assertThat(SampleSize.AUTO.of(5_000)).isEqualTo(1);
    assertThat(SampleSize.AUTO.of(10_000)).isEqualTo(0.5);
    assertThat(SampleSize.AUTO.of(1_281_167)).isEqualTo(0.1);
  }

  private Path list(String name, String text, Charset charset) throws IOException {
    return Files.write(set.resolve(name), text.getBytes(charset));
  }

  @Test
  void listsAreTablesToo() throws IOException {
    files("my photo, %d.jpg");
    StringBuilder named = new StringBuilder("id;label;Path\r\n");
    StringBuilder plain = new StringBuilder();
    StringBuilder classes = new StringBuilder("filename\tclass\n");
    for (int i = 0; i < IMAGES; i++) {
      named.append("%d;%d;\"my photo, %d.jpg\"\r\n".formatted(i, label(i), i));
      plain.append("\"my photo, %d.jpg\",%d\n".formatted(i, label(i)));
      classes.append("my photo, %d.jpg\tc%d\n".formatted(i, label(i)));
    }
    for (Path list :
        List.of(
            list("named.csv", named.toString(), StandardCharsets.UTF_8),
            list("named.txt", named.toString(), StandardCharsets.UTF_8),
            list("plain.txt", plain.toString(), StandardCharsets.UTF_8))) {
      Sampled sampled = sample(list);
      assertThat(sampled.manifest().labelled()).as(list.toString()).isEqualTo(IMAGES);
      assertThat(sampled.images().get("my photo, 6.jpg").label()).isEqualTo(label(6));
    }
    sample(list("classes.tsv", classes.toString(), StandardCharsets.UTF_8))
        .assertLabelled("c0", "c1", "c2", "c3");
    Path unnamed = list("unnamed.csv", "id,score\n1,2\n", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> sample(unnamed))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("[id, score]")
        .hasMessageContaining("path,label");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
  void listsOfWindowsAreRead(String charset) throws IOException {
    Files.createDirectory(set.resolve("ä b"));
    StringBuilder lines = new StringBuilder("\ufeff");
    for (int i = 0; i < IMAGES; i++) {
      Files.write(set.resolve("ä b/%d.jpg".formatted(i)), jpegs.get(i));
      lines.append(".\\ä b\\%d.jpg %d\r\n".formatted(i, label(i)));
    }
    Sampled sampled = sample(list("list.txt", lines.toString(), Charset.forName(charset)));
    assertThat(sampled.manifest().labelled()).isEqualTo(IMAGES);
    assertThat(sampled.images()).containsKey("7.jpg");
  }

  @Test
  void zipArchivesOfClassFoldersAreReadInPlace() throws IOException {
    Path zip = root.resolve("set.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (int i = 0; i < IMAGES; i++) {
        out.setLevel(i % 2 == 0 ? 9 : 0);
        out.putNextEntry(new ZipEntry("photos/c%d/%d.jpg".formatted(label(i), i)));
        out.write(jpegs.get(i));
        out.closeEntry();
      }
      out.putNextEntry(new ZipEntry("photos/readme.md"));
      out.closeEntry();
      out.putNextEntry(new ZipEntry("__MACOSX/photos/._0.jpg"));
      out.closeEntry();
    }
    Sampled sampled = sample(zip);
    sampled.assertLabelled("c0", "c1", "c2", "c3");
    assertThat(sampled.manifest().sources().get(0).layout()).isEqualTo(Layout.ZIP);
    assertThat(sampled.manifest().leftOut()).isEqualTo(Map.of(".md", 1));
    for (int i = 0; i < IMAGES; i++) {
      Path file = Files.createDirectories(set.resolve("c" + label(i))).resolve(i + ".jpg");
      Files.write(file, jpegs.get(i));
    }
    assertThat(sampled.manifest().parts())
        .as("the bytes of the same images in folders")
        .isEqualTo(sample(set).manifest().parts());
    byte[] whole = Files.readAllBytes(zip);
    Path cut = Files.write(root.resolve("cut.zip"), Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> sample(cut))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot read the zip archive " + cut);
  }
}
