package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import dev.thresher.sample.FolderParts;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLabels;
import dev.thresher.sample.ImageNote;
import dev.thresher.sample.Labels;
import dev.thresher.sample.LayoutChoice;
import dev.thresher.sample.PartPreparation;
import dev.thresher.sample.PartResult;
import dev.thresher.sample.PartSink;
import dev.thresher.sample.PlainSample;
import dev.thresher.sample.PlannedPart;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.Source;
import dev.thresher.sample.Sources;
import dev.thresher.sample.SyntheticImages;
import dev.thresher.sample.TableColumns;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplePreparationTest {
  private static final Preprocessing PREPROCESSING = Preprocessing.IMAGENET_TORCHVISION;
  private static final ImageFiles FILES = new ImageFiles(Map.of());
  private static JavaSparkContext spark;

  @TempDir private Path root;
  private Path images;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2, 3]")
                .setAppName("sample")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void draw() throws IOException {
    images = root.resolve("images");
    new SyntheticImages(5, 6, 40, 3).write(images);
  }

  private SamplePlan plan(double fraction) {
    return draw(List.of(images.toString()), fraction);
  }

  private static SamplePlan draw(List<String> locations, double fraction) {
    List<Source> sources =
        locations.stream()
            .map(location -> Sources.open(location, LayoutChoice.AUTO, FILES))
            .toList();
    return new SampleDraw(
            spark,
            "sample",
            FILES,
            new SampleDraw.Ask(new SampleSize.Fraction(fraction), 42, 8, 1, 0.5))
        .draw(sources, Labels.none(), ImageLabels.none());
  }

  private SampleManifest prepare(SamplePlan plan, Path folder, double maxBadFraction)
      throws IOException {
    FolderParts parts = new FolderParts(Files.createDirectories(folder).toString());
    LongAccumulator tried = spark.sc().longAccumulator("images tried");
    SampleManifest manifest =
        new SamplePreparation(PREPROCESSING, FILES, parts, maxBadFraction, TableColumns.USUAL)
            .run(spark, "sample", plan, tried);
    assertThat(tried.value()).isEqualTo(plan.images());
    return manifest;
  }

  @Test
  void clusterAndLoopWriteTheSameBytesAndTheSampleIsWhatWasPlanned() throws IOException {
    SamplePlan plan = plan(0.5);
    Path folder = root.resolve("cluster");
    SampleManifest manifest = prepare(plan, folder, 0.01);
    List<PartResult> loop = new ArrayList<>();
    FolderParts sink = new FolderParts(Files.createDirectories(root.resolve("loop")).toString());
    SamplePlan plain =
        PlainSample.of(List.of(images.toString()), Labels.none(), FILES).plan(0.5, 42, 8);
    for (PlannedPart part : plain.parts()) {
      PartPreparation preparation = new PartPreparation(PREPROCESSING, FILES, sink);
      loop.add(preparation.prepare(part.part(), part.refs(), () -> {}));
    }
    assertThat(manifest).isEqualTo(SampleManifest.of(plain, PREPROCESSING, loop, 0.01));
    assertThat(manifest.images()).isEqualTo(15);
    assertThat(manifest.labelled()).isEqualTo(15);
    assertThat(manifest.parts()).hasSize(2);
    assertThat(manifest.strata()).hasSize(5).allSatisfy(s -> assertThat(s.selected()).isEqualTo(3));
    PreparedParts parts = new PreparedParts(manifest, new FolderParts(folder.toString()));
    assertThat(parts.first(15))
        .extracting(PreparedImage::id)
        .containsExactlyElementsOf(PlainSample.ids(plain));
    assertThat(parts.load(1).get(0).rgb()).hasSize(224 * 224 * 3);
  }

  @Test
  void aSecondRunOverTheFirstChangesNothing() throws IOException {
    Path folder = root.resolve("again");
    SampleManifest first = prepare(plan(1.0), folder, 0.01);
    assertThat(prepare(plan(1.0), folder, 0.01).toJson()).isEqualTo(first.toJson());
  }

  /** Fails the first time that a part is written: once before and once after it was visible. */
  private record FailingOnce(FolderParts parts, File marks) implements PartSink {
    private static final long serialVersionUID = 1L;

    @Override
    public String write(String name, byte[] content, String sha256) {
      boolean first = new File(marks, name).mkdir();
      if (first && !name.endsWith("1.parquet")) {
        throw new IllegalStateException("the store lost the connection");
      }
      String written = parts.write(name, content, sha256);
      if (first) {
        throw new IllegalStateException("the store lost the connection");
      }
      return written;
    }
  }

  @Test
  void retriedTasksChangeNothing() throws IOException {
    SampleManifest expected = prepare(plan(1.0), root.resolve("plain"), 0.01);
    FolderParts parts =
        new FolderParts(Files.createDirectories(root.resolve("retried")).toString());
    File marks = Files.createDirectories(root.resolve("marks")).toFile();
    SampleManifest retried =
        new SamplePreparation(
                PREPROCESSING, FILES, new FailingOnce(parts, marks), 0.01, TableColumns.USUAL)
            .run(spark, "sample", plan(1.0), spark.sc().longAccumulator());
    assertThat(retried).isEqualTo(expected);
    assertThat(marks.list()).hasSize(expected.parts().size());
    PreparedParts read = new PreparedParts(retried, parts);
    for (int part = 0; part < read.parts(); part++) {
      assertThat(read.load(part)).hasSize(retried.parts().get(part).rows());
    }
  }

  @Test
  void badImagesAreSkippedNamedAndRefusedPastTheLimit() throws IOException {
    Path empty = images.resolve(SyntheticImages.wnid(0)).resolve("empty.jpg");
    Path text = images.resolve(SyntheticImages.wnid(1)).resolve("text.png");
    Files.write(empty, new byte[0]);
    Files.writeString(text, "no image");
    SamplePlan plan = plan(1.0);
    SampleManifest manifest = prepare(plan, root.resolve("out"), 0.1);
    assertThat(manifest.tried()).isEqualTo(32);
    assertThat(manifest.images()).isEqualTo(30);
    assertThat(manifest.bad())
        .extracting(ImageNote::path)
        .containsExactlyInAnyOrder(empty.toString(), text.toString());
    assertThat(manifest.bad()).extracting(ImageNote::reason).anyMatch(r -> r.contains("0 bytes"));
    assertThatThrownBy(() -> prepare(plan, root.resolve("out"), 0.01))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot use 2 of 32 images, and data.max-bad-fraction allows 0.01")
        .hasMessageContaining(empty.toString());
  }

  @Test
  void sourcesThatContradictEachOtherAreRefused() throws IOException {
    Path one = Files.createDirectories(root.resolve("one/c"));
    Path two = Files.createDirectories(root.resolve("two/c"));
    Files.write(one.resolve("a.jpg"), new byte[1]);
    Files.write(two.resolve("a.jpg"), new byte[1]);
    List<String> both = List.of(one.getParent().toString(), two.getParent().toString());
    assertThatThrownBy(() -> draw(both, 1.0))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("are both c/a.jpg");
    Path list = Files.writeString(root.resolve("again.txt"), "one/c/a.jpg 1\none/c/a.jpg 2\n");
    assertThatThrownBy(() -> draw(List.of(list.toString()), 1.0))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("label 1 and label 2");
    Path empty = Files.createDirectories(root.resolve("empty"));
    assertThatThrownBy(() -> draw(List.of(both.get(0), empty.toString()), 1.0))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("empty: it holds none");
  }

  @Test
  void aFileThatVanishesIsBadAndNothingButBadImagesIsRefused() throws IOException {
    Path list = Files.writeString(root.resolve("list.txt"), "gone/a.jpg 0\ngone/b.jpg 1\n");
    SamplePlan plan = draw(List.of(list.toString()), 1.0);
    assertThatThrownBy(() -> prepare(plan, root.resolve("out"), 1.0))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot use 2 of 2 images, and none is left")
        .hasMessageContaining("there is no such file");
  }
}
