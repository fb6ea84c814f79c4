package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.sample.SyntheticImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.protobuf.ByteString;

/** What a user reads, and which exit code a script sees, where something is wrong. */
@Tag("slow")
class BadInputTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void prepare() throws IOException {
    place = Workplace.in(folder);
  }

  /** Refused by {@code --dry-run} and by the run, alike and before anything is written. */
  private static void refused(ExitCode code, String told, String... words) {
    for (List<String> mode : List.of(List.of("--dry-run"), List.<String>of())) {
      String[] all = Stream.concat(Stream.of(words), mode.stream()).toArray(String[]::new);
      Outcome outcome = place.thresher("run", all);
      assertThat(outcome.code()).as(outcome::toString).isEqualTo(code);
      assertThat(outcome.told()).contains(told);
    }
    assertThat(place.path("store")).doesNotExist();
  }

  private static String model(String name, ModelProto model) throws IOException {
    return "model.path=" + Files.write(place.path(name), model.toByteArray());
  }

  @Test
  void aMissingModel() {
    String path = place.path("elsewhere-altogether.onnx").toString();
    refused(
        ExitCode.INPUT,
        "thresher: Cannot read " + path + ": there is no such file; correct model.path",
        "model.path=" + path);
  }

  @Test
  void keysThatAreNotSetAreNamedAllAtOnceAndNothingElseIsPrinted() {
    refused(ExitCode.USAGE, "thresher: Cannot run: a key is not set.", "model.path=");
    refused(ExitCode.USAGE, "--set model.path=model.onnx", "model.path=");
    for (String job : List.of("run", "ablate")) {
      Outcome outcome = place.thresher(job, "model.path=", "data.train=");
      assertThat(outcome.code()).isEqualTo(ExitCode.USAGE);
      assertThat(outcome.told())
          .contains("Cannot " + job + ": 2 keys are not set.")
          .contains("--set model.path=", "--set data.train=", "thresher quickstart");
      assertThat(outcome.err().lines().count()).isLessThan(10);
    }
  }

  @Test
  void aMistypedFileIsGuessed() throws IOException {
    Files.createDirectories(place.path("pictures"));
    Files.writeString(place.path("mobilenet.onnx"), "");
    refused(
        ExitCode.INPUT,
        "there is no such file; did you mean '" + place.path("mobilenet.onnx") + "'?",
        "model.path=" + place.path("moblenet.onnx"));
    refused(
        ExitCode.INPUT,
        "did you mean '" + place.path("pictures") + "'?",
        "data.train=" + place.path("picturse"));
  }

  @Test
  void aPreprocessingThatTheNetworkDoesItselfIsSaid() throws IOException {
    Path root = Path.of(System.getProperty("thresher.root"));
    Files.copy(
        root.resolve("pipeline/src/test/resources/dev/thresher/network/keras/transfer.keras"),
        place.path("transfer.keras"));
    String[] twice = {
      "--dry-run",
      "data.labels=",
      "model.path=" + place.path("transfer.keras"),
      "model.preprocessing.resize=24",
      "model.preprocessing.crop=24",
      "model.preprocessing.mean=[0.5, 0.5, 0.5]",
      "model.preprocessing.std=[0.5, 0.5, 0.5]",
      "model.preprocessing.channels=rgb"
    };
    Outcome outcome = place.thresher("run", twice);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    assertThat(outcome.err())
        .contains("calibrate: the network scales its input itself (node true_divide)")
        .contains("black and white differ by 0.016 after both");
    twice[6] = "model.preprocessing.std=[0.0039215686, 0.0039215686, 0.0039215686]";
    assertThat(place.thresher("run", twice).err()).doesNotContain("scales its input itself");
  }

  @Test
  void aFolderAsModel() {
    refused(
        ExitCode.INPUT,
        place.path("train") + ": Is a directory; give the path of an ONNX",
        "model.path=" + place.path("train"));
  }

  @Test
  void aSavedModelIsRefusedWithTheCommandThatConvertsIt() throws IOException {
    Path saved = Files.createDirectories(place.path("saved"));
    Files.write(saved.resolve("saved_model.pb"), new byte[] {8, 1});
    refused(
        ExitCode.INPUT,
        "python -m tf2onnx.convert --saved-model " + saved + " --output model.onnx",
        "model.path=" + saved);
  }

  @Test
  void aTextFileAsModel() throws IOException {
    Path text = Files.writeString(place.path("notes.onnx"), "this is not a network\n");
    refused(
        ExitCode.INPUT,
        "thresher: Cannot import notes.onnx: it is a text file; give an .onnx, .keras or Keras .h5 model",
        "model.path=" + text);
  }

  @Test
  void aModelThatIsCutShort() throws IOException {
    byte[] bytes = Arrays.copyOf(Workplace.network(), 100_000);
    Path cut = Files.write(place.path("cut.onnx"), bytes);
    refused(ExitCode.INPUT, "thresher: Cannot import cut.onnx", "model.path=" + cut);
  }

  @Test
  void anOperatorThatIsNotSupported() throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Workplace.network()).toBuilder();
    int node = firstNode(model, "Clip");
    String name = model.getGraph().getNode(node).getName();
    model.getGraphBuilder().getNodeBuilder(node).setOpType("Erf").clearAttribute();
    refused(ExitCode.INPUT, name, model("erf.onnx", model.build()));
    Outcome told = place.thresher("run", "--dry-run", "model.path=" + place.path("erf.onnx"));
    assertThat(told.told()).contains("Cannot import erf.onnx").contains("Erf");
  }

  private static int firstNode(ModelProto.Builder model, String type) {
    for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
      if (model.getGraph().getNode(i).getOpType().equals(type)) {
        return i;
      }
    }
    throw new AssertionError("the network of the test has no " + type);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void weightsThatAreNoNumbers(float bad) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Workplace.network()).toBuilder();
    int index = 0;
    while (model.getGraph().getInitializer(index).getDimsCount() != 4) {
      index++;
    }
    TensorProto tensor = model.getGraph().getInitializer(index);
    byte[] raw = tensor.getRawData().toByteArray();
    ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).putFloat(8, bad);
    model.getGraphBuilder().getInitializerBuilder(index).setRawData(ByteString.copyFrom(raw));
    refused(ExitCode.INPUT, tensor.getName(), model("nan.onnx", model.build()));
    Outcome told = place.thresher("run", "--dry-run", "model.path=" + place.path("nan.onnx"));
    assertThat(told.told()).contains("Cannot import nan.onnx").contains(Float.toString(bad));
  }

  @Test
  void aNetworkOfAnotherSizeThanTheCrop() throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Workplace.network()).toBuilder();
    var shape = model.getGraphBuilder().getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder();
    shape.getShapeBuilder().getDimBuilder(2).setDimValue(96);
    shape.getShapeBuilder().getDimBuilder(3).setDimValue(96);
    refused(ExitCode.INPUT, "96", model("big.onnx", model.build()));
    Outcome told = place.thresher("run", "--dry-run", "model.path=" + place.path("big.onnx"));
    assertThat(told.told()).contains("64").contains("crop");
  }

  @Test
  void foldersThatAreMissing() {
    String none = place.path("nowhere").toString();
    refused(
        ExitCode.INPUT,
        "thresher: Cannot find images in " + none + ": there is no such file or folder",
        "data.train=" + none);
    refused(ExitCode.INPUT, "Cannot find images in " + none, "data.validation=" + none);
    refused(ExitCode.INPUT, "Cannot read the labels " + none, "data.labels=" + none);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "finetune.epoch=1 | There is no key 'finetune.epoch'",
        "finetune.epoch=1 | did you mean 'finetune.epochs'?",
        "quantize.granuarity=per-tensor | did you mean 'quantize.granularity'?",
        "quantize.bits.weights=9 | quantize.bits.weights is '9', must be a whole number from 2 to 8",
        "quantize.scheme=odd | quantize.scheme is 'odd', must be one of symmetric, asymmetric",
        "sample.fraction=0 | sample.fraction is '0', must be auto, or above 0 and at most 1",
        "finetune.shards=0 | finetune.shards is '0', must be a whole number from 1 to 4096",
        "finetune.learning-rate=-1 | finetune.learning-rate is '-1'",
        "quantize.limits.low=1.5 | quantize.limits",
        "model.preprocessing.crop=80 | crop",
        "calibrate.percentile=40 | calibrate.percentile is '40'",
        "spark.master=lokal | spark.master is 'lokal'",
        "engine=cuda | engine is 'cuda', must be one of auto, reference, onednn",
      })
  void aConfigurationThatIsWrong(String assignment, String told) {
    refused(ExitCode.USAGE, told, assignment);
  }

  @Test
  void moreShardsThanImagesAreRefusedBeforeImagesAreRead() {
    Outcome outcome = place.thresher("run", "--run", "shards", "finetune.shards=25");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.told())
        .contains("finetune.shards is 25")
        .contains("the sample has 24 images")
        .contains("Set finetune.shards to 24 or fewer");
    assertThat(place.run("shards").resolve("sample")).doesNotExist();
  }

  @Test
  void anEmptyFolderOfImages() throws IOException {
    Path empty = Files.createDirectories(place.path("empty"));
    Outcome outcome = place.thresher("run", "data.train=" + empty);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.INPUT);
    assertThat(outcome.told())
        .contains("thresher: Cannot find images in " + empty + ": it holds none");
  }

  @Test
  void oneCorruptImageIsSkippedCountedAndListed() throws IOException {
    Path images = drawn("one-corrupt", 12);
    Path bad = corrupt(images, 3);
    Outcome outcome = run("one-corrupt", images, "data.max-bad-fraction=0.1");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    assertThat(outcome.err()).contains("skipped " + bad + ": ");
    Path run = place.run("one-corrupt");
    JsonNode summary = new ObjectMapper().readTree(Files.readAllBytes(run.resolve("summary.json")));
    assertThat(summary.get("bad_images").asInt()).isEqualTo(1);
    assertThat(summary.get("images_trained").asInt()).isEqualTo(11);
    assertThat(run.resolve("sample/train/manifest.json")).content().contains(bad.toString());
  }

  @Test
  void moreBadImagesThanAllowed() throws IOException {
    Path images = drawn("two-corrupt", 12);
    Path bad = corrupt(images, 3);
    corrupt(images, 4);
    Outcome outcome = run("two-corrupt", images, "data.max-bad-fraction=0.1");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.INPUT);
    assertThat(outcome.told())
        .contains("Cannot use 2 of 12 images, and data.max-bad-fraction allows 0.1 of them")
        .contains("raise data.max-bad-fraction")
        .contains(bad.toString());
  }

  @Test
  void onlyBadImages() throws IOException {
    Path images = drawn("all-corrupt", 4);
    for (int label = 0; label < 4; label++) {
      corrupt(images, label);
    }
    Outcome outcome = run("all-corrupt", images, "data.max-bad-fraction=1");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.INPUT);
    assertThat(outcome.told()).contains("Cannot use 4 of 4 images, and none is left");
  }

  /** A list of another length would shift every label. */
  @Test
  void classesThatAreNotTheNetworks() throws IOException {
    List<String> lines =
        new ArrayList<>(Files.readAllLines(place.path("train").resolve(SyntheticImages.LABELS)));
    lines.add(0, "n01440764 tench");
    Path labels = Files.write(place.path("25-classes.txt"), lines);
    refused(
        ExitCode.INPUT,
        "it names 25 classes, the network has 24 outputs; give data.labels one line",
        "data.labels=" + labels);
  }

  /** Found when images are listed, not when the network is trained and evaluated. */
  @Test
  void labelsOfAnotherNetworksImages() throws IOException {
    Path images = place.path("train");
    List<String> lines = new ArrayList<>();
    for (int label = 0; label < 2; label++) {
      String wnid = SyntheticImages.wnid(label);
      lines.add(images.resolve(wnid).resolve(wnid + "_0.JPEG") + " " + (label == 0 ? 3 : 606));
    }
    Path list = Files.write(place.path("other.txt"), lines);
    Outcome outcome =
        place.thresher("run", "--run", "other", "data.labels=", "data.validation=" + list);

    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.INPUT);
    assertThat(outcome.told())
        .contains("Cannot evaluate on " + list)
        .contains("n90000001_0.JPEG has label 606")
        .contains("shapes.onnx are 0 to 23; give the labels of this network's data set");
    assertThat(place.run("other").resolve("sample")).doesNotExist();
  }

  /** Folders' names alone tell no labels where the network has more classes, in a list neither. */
  @Test
  void classesWithoutLabelsGiveNoTop1InsteadOfAWrongOne() throws IOException {
    Path images = drawn("some-classes", 5);
    List<String> lines = new ArrayList<>();
    for (int label = 0; label < 5; label++) {
      String wnid = SyntheticImages.wnid(label);
      lines.add(images.resolve(wnid).resolve(wnid + "_0.JPEG").toString());
    }
    Path list = Files.write(place.path("unlabelled.txt"), lines);
    for (Path validation : List.of(images, list)) {
      Outcome outcome =
          place.thresher(
              "run",
              "--run",
              "unlabelled-" + validation.getFileName(),
              "finetune.epochs=0",
              "data.labels=",
              "data.validation=" + validation);

      assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
      assertThat(outcome.err())
          .contains("data.validation has 5 classes, the network has 24 outputs")
          .contains("no Top-1");
      assertThat(outcome.out()).containsPattern("top-1\\) +- +- +-");
    }
  }

  @Test
  void labelsOfImagesAreNoClassesToCount() throws IOException {
    Path labels = Files.writeString(place.path("images.txt"), "n90000003/n90000003_0.JPEG 3\n");
    Outcome outcome = place.thresher("run", "--dry-run", "data.labels=" + labels);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
  }

  @Test
  void anEngineThatThisBuildLacksIsNamed() {
    Outcome outcome = place.thresher("run", "--dry-run", "engine=onednn");
    assertThat(outcome.code()).isIn(ExitCode.DONE, ExitCode.USAGE);
    if (outcome.code() == ExitCode.USAGE) {
      assertThat(outcome.told()).contains("onednn").contains("Set engine to auto");
    }
  }

  private static Outcome run(String name, Path images, String more) {
    return place.thresher(
        "run",
        "--run",
        name,
        "data.train=" + images,
        "data.validation=",
        "data.labels=",
        "finetune.shards=1",
        more);
  }

  private static Path drawn(String name, int classes) throws IOException {
    Path images = place.path(name);
    new SyntheticImages(classes, 1, 72, 3).write(images);
    return images;
  }

  private static Path corrupt(Path images, int label) throws IOException {
    String wnid = SyntheticImages.wnid(label);
    return Files.writeString(images.resolve(wnid).resolve(wnid + "_0.JPEG"), "no picture");
  }

  /** So that each test sees whether it wrote something. */
  @AfterEach
  void deleteStore() {
    FileUtil.fullyDelete(place.path("store").toFile());
  }
}
