package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.image.ChannelOrder;
import dev.thresher.image.Interpolation;
import dev.thresher.image.Preprocessing;
import dev.thresher.sample.FolderParts;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLabels;
import dev.thresher.sample.ImageNote;
import dev.thresher.sample.Labels;
import dev.thresher.sample.Layout;
import dev.thresher.sample.LayoutChoice;
import dev.thresher.sample.LayoutWriter;
import dev.thresher.sample.PlainSample;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.Source;
import dev.thresher.sample.Sources;
import dev.thresher.sample.SyntheticImages;
import dev.thresher.sample.TableColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same images in every layout that they come in. */
@Tag("slow")
class LayoutsTest {
  private static final Preprocessing SMALL =
      new Preprocessing(
          40,
          32,
          Preprocessing.IMAGENET_TORCHVISION.mean(),
          Preprocessing.IMAGENET_TORCHVISION.std(),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);
  private static final int CLASSES = 6;

  @TempDir private static Path root;
  private static JavaSparkContext spark;
  private static Path folders;
  private static LayoutWriter writer;
  private static Labels labels;
  private static SampleManifest expected;

  @BeforeAll
  static void start() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("layouts")
                .set("spark.ui.enabled", "false"));
    folders = root.resolve("folders");
    new SyntheticImages(CLASSES, 7, 40, 3).write(folders);
    writer = new LayoutWriter(folders);
    labels = Labels.parse(Files.readString(folders.resolve(SyntheticImages.LABELS)), "words");
    expected = sample(folders.toString());
    assertThat(expected.images()).isEqualTo(21);
    assertThat(expected.labelled()).isEqualTo(21);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SamplePlan plan(
      String location, LayoutChoice choice, Labels classes, ImageLabels beside, ImageFiles files) {
    List<Source> sources = List.of(Sources.open(location, choice, files));
    return new SampleDraw(
            spark, "sample", files, new SampleDraw.Ask(new SampleSize.Fraction(0.5), 42, 4, 1, 0.2))
        .draw(sources, classes, beside);
  }

  private static SampleManifest prepare(SamplePlan plan, ImageFiles files) throws IOException {
    FolderParts parts = new FolderParts(Files.createTempDirectory(root, "parts").toString());
    return new SamplePreparation(SMALL, files, parts, 0.2, TableColumns.USUAL)
        .run(spark, "sample", plan, spark.sc().longAccumulator());
  }

  private static SampleManifest sample(String location) throws IOException {
    ImageFiles files = new ImageFiles(Map.of());
    return prepare(plan(location, LayoutChoice.AUTO, labels, ImageLabels.none(), files), files);
  }

  private static void assertSame(SampleManifest manifest, Layout layout) {
    assertThat(manifest.sources().get(0).layout()).isEqualTo(layout);
    assertThat(manifest.strata()).isEqualTo(expected.strata());
    assertThat(manifest.parts()).as("the bytes of the parts").isEqualTo(expected.parts());
    assertThat(manifest.bad()).isEmpty();
  }

  @Test
  void everyLayoutGivesTheSameSampleAndTheSameBytes() throws IOException {
    Path tarOfTars = writer.tarOfTars(root.resolve("ILSVRC2012_img_train.tar"));
    assertSame(sample(tarOfTars.toString()), Layout.TAR);
    assertSame(sample(writer.classTars(root.resolve("tars")).toString()), Layout.TAR);
    assertSame(sample(writer.tarOfFolders(root.resolve("set.tar")).toString()), Layout.TAR);
    Path parquet = writer.parquet(root.resolve("parquet"), 3);
    assertSame(sample(parquet.toString()), Layout.PARQUET);
    assertSame(sample(parquet + "/train-*.parquet"), Layout.PARQUET);
    Path shards = writer.webDataset(root.resolve("shards"), 3);
    assertSame(sample(shards.toString()), Layout.WEBDATASET);
    Path list = writer.addresses(root.resolve("uris.txt"), folders.toUri().toString());
    assertSame(sample(list.toString()), Layout.LIST);
  }

  /** Hadoop's view file system stands for all that are not local: it needs no server. */
  @Test
  void archivesAndTablesAreReadThroughHadoopTheSame() throws IOException {
    ImageFiles hadoop =
        new ImageFiles(Map.of("fs.viewfs.mounttable.t.link./sets", root.toUri().toString()));
    writer.tarOfTars(root.resolve("h.tar"));
    writer.parquet(root.resolve("h"), 2);
    for (String name : List.of("h.tar", "h")) {
      SamplePlan plan =
          plan("viewfs://t/sets/" + name, LayoutChoice.AUTO, labels, ImageLabels.none(), hadoop);
      assertThat(prepare(plan, hadoop).parts()).isEqualTo(expected.parts());
    }
  }

  @Test
  void theValidationArchiveAndItsGroundTruthAreTheFolders() throws IOException {
    Path tar = writer.flatTar(root.resolve("ILSVRC2012_img_val.tar"));
    ImageFiles files = new ImageFiles(Map.of());
    List<String> kit = Arrays.asList(new String[CLASSES]);
    for (int c = 0; c < CLASSES; c++) {
      kit.set(c, SyntheticImages.wnid(c));
    }
    Collections.rotate(kit, 2);
    Path classes = Files.write(root.resolve("kit.txt"), kit);
    Path truth = Files.writeString(root.resolve("truth.txt"), writer.groundTruth(kit));
    ImageLabels beside = ImageLabels.read(truth.toString(), classes.toString(), labels, files);
    SamplePlan plan = plan(tar.toString(), LayoutChoice.AUTO, labels, beside, files);
    assertSame(prepare(plan, files), Layout.TAR);

    assertThatThrownBy(() -> ImageLabels.read(truth.toString(), "", labels, files))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("count from 1")
        .hasMessageContaining("data.validation-classes");
    Path fewer = Files.writeString(root.resolve("fewer.txt"), "1\n2\n");
    ImageLabels two = ImageLabels.read(fewer.toString(), classes.toString(), labels, files);
    assertThatThrownBy(() -> plan(tar.toString(), LayoutChoice.AUTO, labels, two, files))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("42 images")
        .hasMessageContaining("2 lines");
  }

  @Test
  void classesAreTheSameByWordNetIdByIndexAndByBoth() throws IOException {
    Path renamed = root.resolve("renamed");
    for (int c = 0; c < CLASSES; c++) {
      String wnid = SyntheticImages.wnid(c);
      String name = List.of(wnid, Integer.toString(c), "00%d_%s".formatted(c, wnid)).get(c % 3);
      Files.createDirectories(renamed);
      Files.createSymbolicLink(renamed.resolve(name), folders.resolve(wnid));
    }
    assertSame(sample(renamed.toString()), Layout.CLASS_FOLDERS);
  }

  @Test
  void aClusterOfAnySizeDrawsWhatOneListWould() throws IOException {
    ImageFiles files = new ImageFiles(Map.of());
    SamplePlan oracle = PlainSample.of(List.of(folders.toString()), labels, files).plan(0.5, 42, 4);
    SamplePlan drawn =
        plan(folders.toString(), LayoutChoice.AUTO, labels, ImageLabels.none(), files);
    assertThat(PlainSample.ids(drawn)).isEqualTo(PlainSample.ids(oracle));
    assertThat(drawn.contents()).isEqualTo(oracle.contents());
  }

  @Test
  void awkwardMembersOfAnArchiveAreListedAndSkipped() throws IOException {
    Path file = root.resolve("awkward.tar");
    byte[] jpeg = new SyntheticImages(1, 1, 32, 1).jpeg(0, 0);
    try (LayoutWriter.Tar tar = new LayoutWriter.Tar(Files.newOutputStream(file))) {
      for (int i = 0; i < 20; i++) {
        tar.add("c/%s%d.jpg".formatted("long".repeat(40), i), jpeg);
      }
      tar.add("c/../../etc/x.jpg", jpeg).add("c/bell\u0007.jpg", jpeg).link("c/l.jpg", "0.jpg");
      tar.add("c/._0.jpg", jpeg).add("readme.txt", jpeg);
    }
    ImageFiles files = new ImageFiles(Map.of());
    SamplePlan plan =
        plan(file.toString(), LayoutChoice.AUTO, Labels.none(), ImageLabels.none(), files);
    SampleManifest manifest = prepare(plan, files);
    assertThat(manifest.images()).isEqualTo(10);
    assertThat(manifest.unusable()).isEqualTo(3);
    assertThat(manifest.unusableNotes())
        .extracting(ImageNote::reason)
        .anyMatch(reason -> reason.contains("'..'"))
        .anyMatch(reason -> reason.contains("control characters"))
        .anyMatch(reason -> reason.contains("link"));
    assertThatThrownBy(
            () ->
                new SampleDraw(
                        spark,
                        "s",
                        files,
                        new SampleDraw.Ask(new SampleSize.Fraction(0.5), 42, 4, 1, 0.01))
                    .draw(
                        List.of(Sources.open(file.toString(), LayoutChoice.TAR, files)),
                        Labels.none(),
                        ImageLabels.none()))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot use 3 of 23 images")
        .hasMessageContaining("data.max-bad-fraction");
  }

  @Test
  void damagedArchivesAreRefusedByName() throws IOException {
    byte[] whole = Files.readAllBytes(writer.tarOfFolders(root.resolve("whole.tar")));
    Path cut = Files.write(root.resolve("cut.tar"), Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> sample(cut.toString()))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot read the tar archive " + cut)
        .hasMessageContaining("Copy it again");
    Path table = Files.write(root.resolve("cut.parquet"), Arrays.copyOf(whole, 1000));
    assertThatThrownBy(() -> sample(table.toString()))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot read the Parquet file " + table);
    Path twice = root.resolve("twice.tar");
    try (LayoutWriter.Tar tar = new LayoutWriter.Tar(Files.newOutputStream(twice))) {
      tar.add("c/a.jpg", new byte[1]).add("d/b.jpg", new byte[1]).add("c/a.jpg", new byte[2]);
    }
    assertThatThrownBy(() -> sample(twice.toString()))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("are both c/a.jpg");
  }

  @Test
  void whatCouldBeMeantInSeveralWaysIsRefused() throws IOException {
    ImageFiles files = new ImageFiles(Map.of());
    Path mixed = writer.classTars(root.resolve("mixed"));
    Files.createDirectories(mixed.resolve("folder"));
    assertThatThrownBy(() -> Sources.open(mixed.toString(), LayoutChoice.AUTO, files))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("0 images and 1 folders, and 6 tar archives")
        .hasMessageContaining("data.layout");
    assertThat(Sources.open(mixed.toString(), LayoutChoice.TAR, files).layout())
        .isEqualTo(Layout.TAR);
    Path both = writer.parquet(root.resolve("both"), 1);
    Files.copy(
        both.resolve("train-00000-of-00001.parquet"),
        both.resolve("validation-00000-of-00001.parquet"));
    assertThatThrownBy(() -> Sources.open(both.toString(), LayoutChoice.AUTO, files))
        .hasMessageContaining("several splits (train, validation)");
    Path zipped = Files.write(root.resolve("set.tar.gz"), new byte[10]);
    assertThatThrownBy(() -> Sources.open(zipped.toString(), LayoutChoice.AUTO, files))
        .hasMessageContaining("Decompress it");
    assertThatThrownBy(() -> Sources.open(zipped.toString(), LayoutChoice.FOLDERS, files))
        .hasMessageContaining("it is a file");
  }
}
