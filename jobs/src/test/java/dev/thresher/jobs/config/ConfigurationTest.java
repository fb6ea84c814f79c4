package dev.thresher.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.calibrate.RangeMethod;
import dev.thresher.image.ChannelOrder;
import dev.thresher.image.Interpolation;
import dev.thresher.image.Preprocessing;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import dev.thresher.sample.SampleSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  @TempDir Path folder;

  private static ConfigurationLoader loader() {
    return new ConfigurationLoader(Optional.empty());
  }

  private static Configuration with(String... assignments) {
    ConfigurationLoader loader = loader();
    for (String assignment : assignments) {
      loader.set(assignment);
    }
    return loader.load();
  }

  @Test
  void theDefaultsAreThoseOfTheMethod() {
    Settings settings = with().settings();

    assertThat(settings.sample().size()).isEqualTo(SampleSize.AUTO);
    assertThat(with("sample.fraction=0.1").settings().sample().size())
        .isEqualTo(new SampleSize.Fraction(0.1));
    assertThat(settings.quantize())
        .isEqualTo(
            new QuantizationSpec(
                Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER));
    assertThat(settings.finetune())
        .isEqualTo(
            new Settings.Finetune(
                4,
                16,
                2,
                10,
                5e-3,
                OptionalDouble.empty(),
                1e-7,
                400,
                Loss.RMSE,
                128,
                OptionalInt.empty(),
                256,
                3,
                Optional.empty()));
    assertThat(settings.calibrate())
        .isEqualTo(new Settings.Calibrate(100, new RangeMethod.MinMax(), false));
    assertThat(settings.spark().master()).isEqualTo("local[*]");
    assertThat(settings.model().path()).isEmpty();
    assertThat(settings.data().train()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "mobilenet-v1.conf", "mobilenet-v2.conf", "mnasnet.conf"})
  void everyOverlayIsValid(String overlay) {
    assertThat(loader().file(overlay).load().settings()).isNotNull();
  }

  @Test
  void trainsMultipliersOfWeightsOnlyWhereAskedTo() {
    String enabled = "quantize.weight-multipliers.enabled=true";

    assertThat(with(enabled).settings().quantize().multipliers())
        .isEqualTo(new WeightMultipliers(0.75, 1.25, 0.3));
    assertThat(
            with(enabled, "quantize.weight-multipliers.low=0.9")
                .settings()
                .quantize()
                .multipliers())
        .isEqualTo(new WeightMultipliers(0.9, 1.25, 0.3));
  }

  @Test
  void theCommandLineWinsOverLaterFilesOverEarlierOnes() throws Exception {
    Path first = Files.writeString(folder.resolve("a.conf"), "finetune { epochs = 7, batch = 7 }");
    Path second = Files.writeString(folder.resolve("b.conf"), "finetune { batch = 8, shards = 8 }");

    Settings.Finetune finetune =
        loader()
            .set("finetune.shards=9")
            .file(first.toString())
            .file(second.toString())
            .load()
            .settings()
            .finetune();

    assertThat(finetune.epochs()).isEqualTo(7);
    assertThat(finetune.batch()).isEqualTo(8);
    assertThat(finetune.shards()).isEqualTo(9);
    assertThat(finetune.stepsPerRound()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sample.fraction=0           | auto, or above 0 and at most 1",
        "sample.fraction=1.5         | auto, or above 0 and at most 1",
        "sample.fraction=much        | auto, or above 0 and at most 1",
        "sample.fraction=NaN         | auto, or above 0 and at most 1",
        "finetune.batch=0            | a whole number from 1 to 1024",
        "finetune.batch=1.5          | a whole number from 1 to 1024",
        "quantize.bits.weights=9     | a whole number from 2 to 8",
        "quantize.bits.activations=1 | a whole number from 2 to 8",
        "quantize.granularity=rows   | one of per-tensor, per-filter",
        "finetune.loss=l2            | one of rmse, smooth-l1",
        "engine-memory=much          | auto, or a size such as 512m or 4g",
        "engine-memory=0             | auto, or a size such as 512m or 4g",
        "engine-memory=99999999999t  | auto, or a size such as 512m or 4g",
        "rescale.scope=some          | one of none, depthwise, all",
        "rescale.iterations=0        | a whole number from 1 to 10000",
        "quantize.limits.low=1.5     | below quantize.limits.high, which is 1.0",
        "run.id=.x                   | without a leading dot",
        "run.seed=1e30               | a whole number of 64 bits",
        "data.max-bad-fraction=-1    | from 0 to 1",
        "calibrate.range=widest      | one of min-max, percentile, mse",
        "model.preprocessing=mine    | one of imagenet-torchvision, imagenet-minus-one-to-one, imagenet-zero-to-one, imagenet-zero-to-255",
      })
  void aValueThatIsNotAllowedIsNamedWithWhatIs(String assignment, String allowed) {
    String key = assignment.substring(0, assignment.indexOf('='));
    String value = assignment.substring(assignment.indexOf('=') + 1).strip();
    assertThatThrownBy(() -> with(assignment))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(key + " is '" + value)
        .hasMessageContaining(allowed)
        .hasMessageContaining("on the command line")
        .hasMessageNotContaining("There is no key");
  }

  @ParameterizedTest
  @CsvSource({
    "finetune.epoch, finetune.epochs",
    "finetune.epcohs, finetune.epochs",
    "finetune.learning_rate, finetune.learning-rate",
    "epochs, finetune.epochs",
    "sample.franction, sample.fraction",
    "model.preprocesing.crop, model.preprocessing.crop"
  })
  void anUnknownKeyIsRefusedWithTheNearestKnownOne(String key, String meant) {
    assertThatThrownBy(() -> with(key + "=1"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'" + key + "'")
        .hasMessageContaining("did you mean '" + meant + "'");
  }

  @Test
  void theFileAndLineOfAProblemAreNamedAndAllProblemsAreTold() throws Exception {
    Path file = Files.writeString(folder.resolve("a.conf"), "\nfinetune.epochs = -3\nnonsense=1");
    assertThatThrownBy(() -> loader().file(file.toString()).load())
        .hasMessageContaining("finetune.epochs is '-3'")
        .hasMessageContaining("a.conf: 2")
        .hasMessageContaining("There is no key 'nonsense'");
  }

  @ParameterizedTest
  @CsvSource({"7,7", "7k,7168", "512m,536870912", "4G,4294967296", "1t,1099511627776"})
  void aSizeIsANumberOfBytesOrOfPowersOf1024(String text, long bytes) {
    assertThat(with("engine-memory=" + text).settings().engineMemory()).hasValue(bytes);
    assertThat(with("engine-memory=" + text).hash()).isEqualTo(with().hash());
  }

  @Test
  void preprocessingMayBeGivenStepByStep() {
    Preprocessing steps =
        with("model.preprocessing={resize: 100, crop: 96, mean: [0, 0, 0], std: [1, 1, 2],"
                + " channels: bgr}")
            .settings()
            .model()
            .preprocessing();

    assertThat(steps)
        .isEqualTo(
            new Preprocessing(
                100,
                96,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 2.0),
                ChannelOrder.BGR,
                Interpolation.BILINEAR));
  }

  @Test
  void halfAPreprocessingIsRefusedByItsMissingParts() {
    assertThatThrownBy(() -> with("model.preprocessing.resize=100"))
        .hasMessageContaining("model.preprocessing.crop is not set")
        .hasMessageContaining("model.preprocessing.channels is not set");
  }

  @Test
  void foldersMayBeOneOrSeveralAndBecomeAbsolute() {
    assertThat(with("data.train=some/folder").settings().data().train())
        .containsExactly(Path.of("some/folder").toAbsolutePath().toString());
    assertThat(with("data.train=[\"/a\", \"s3a://b/c\"]").settings().data().train())
        .containsExactly("/a", "s3a://b/c");
  }

  @Test
  void secretsAreNeverPrinted() {
    Configuration configuration =
        with(
            "store.s3.access-key=AKIDHUSH",
            "store.s3.secret-key=hushhush",
            "spark.hadoop.fs.s3a.secret.key=hushhush",
            "spark.my.password=hushhush");

    assertThat(configuration.print())
        .contains("store.s3.secret-key = \"***\"")
        .doesNotContain("hushhush")
        .doesNotContain("AKIDHUSH");
    assertThat(configuration.settings().toString()).doesNotContain("AKIDHUSH");
    assertThat(configuration.settings().store().s3().secretKey().reveal()).isEqualTo("hushhush");
  }

  /** Whatever the key is called under which it stands, and in whichever form. */
  @Test
  void secretsAreMaskedByValueToo() throws Exception {
    String variable =
        System.getenv().keySet().stream()
            .filter(name -> System.getenv(name).length() > 8 && !name.contains("."))
            .findFirst()
            .orElseThrow();
    Configuration configuration =
        with(
            "spark.my.apikey=hushhush1",
            "spark.hadoop.fs.azure.account.key.x=hushhush2",
            "spark.some.list=a hushhush1 b",
            "spark.driver.extraJavaOptions=-Dmy.own=hushhush3 -Xss4m -Dother=\"hush hush4\"",
            "spark.some.command=run --with password=hushhush5 --fast",
            "spark.some.proxy=http://me:hushhush6@proxy:80");

    assertThat(configuration.print())
        .contains("a *** b", "-Dmy.own=***", "-Xss4m", "--fast", "http://***@proxy:80")
        .doesNotContain("hush");
    assertThat(configuration.settings().spark().properties())
        .containsEntry("spark.some.list", "a hushhush1 b");
    assertThat(configuration.with(Map.of("run.seed", "2")).print()).doesNotContain("hush");
    assertThat(Secret.isSecret(variable)).as("this test needs an ordinary variable").isFalse();
    Path file = Files.writeString(folder.resolve("v.conf"), "spark.x = ${" + variable + "}");
    assertThat(loader().file(file.toString()).load().print()).contains("spark.x");
  }

  @Test
  void anAddressWithAPasswordIsRefusedWithoutIt() {
    for (String key : List.of("data.train", "model.path", "store.root", "data.labels")) {
      assertThatThrownBy(() -> with(key + "=s3a://me:hush%2Fhush@bucket/x"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(key + " is 's3a://***@bucket/x'")
          .hasMessageNotContaining("hush");
    }
  }

  @Test
  void aSecretOutOfPlaceIsNotEchoedEither() {
    assertThatThrownBy(() -> with("store.s3.access-key=only"))
        .hasMessageContaining("store.s3.secret-key")
        .hasMessageNotContaining("only ");
  }

  @Test
  void autoStandsForWhatFitsTheOtherKeys() {
    assertThat(with().settings().finetune().learningRateDecay()).isEmpty();
    assertThat(with("finetune.learning-rate-decay=1e-4").settings().finetune().learningRateDecay())
        .hasValue(1e-4);
    assertThatThrownBy(() -> with("finetune.learning-rate-decay=2"))
        .hasMessageContaining("finetune.learning-rate-decay is '2'");
  }

  @Test
  void theHashIgnoresHowAValueIsWrittenAndWhatCannotChangeAResult() {
    String hash = with().hash();

    assertThat(with("finetune.learning-rate=0.005", "finetune.epochs=4.0").hash()).isEqualTo(hash);
    assertThat(with("spark.master=local[3]", "progress.interval=1", "run.id=x").hash())
        .isEqualTo(hash);
    assertThat(with("store.root=/elsewhere", "store.s3.region=mars").hash()).isEqualTo(hash);
    assertThat(with("finetune.epochs=5").hash()).isNotEqualTo(hash);
    assertThat(with("run.seed=2").hash()).isNotEqualTo(hash);
  }

  @Test
  void theSampleFollowsTheRunsSeedUnlessItHasItsOwn() {
    assertThat(with("run.seed=5").settings().sample().seed()).isEqualTo(5);
    assertThat(with("run.seed=5", "sample.seed=6").settings().sample().seed()).isEqualTo(6);
  }

  @Test
  void aPrintedConfigurationReadsBackAsItself() throws Exception {
    Configuration one =
        with("data.train=[\"/a b\", \"s3a://b/c\"]", "spark.speculation=true", "run.seed=-3");
    Path file = Files.writeString(folder.resolve("printed.conf"), one.print());

    Configuration again = loader().file(file.toString()).load();

    assertThat(again.print()).isEqualTo(one.print());
    assertThat(again.hash()).isEqualTo(one.hash());
    assertThat(again.differencesFrom(one.print())).isEmpty();
  }

  @Test
  void differencesNameKeyAndBothValues() {
    String before = with("finetune.epochs=4", "store.root=/a").print();

    assertThat(
            with("finetune.epochs=2", "sample.fraction=1", "store.root=/b").differencesFrom(before))
        .containsExactly("finetune.epochs is 2, was 4", "sample.fraction is 1, was \"auto\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"finetune.epochs", "=3", "a..b=3", "data.train=[1"})
  void malformedAssignmentsAreRefused(String assignment) {
    assertThatThrownBy(() -> with(assignment)).isInstanceOf(ConfigurationException.class);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> loader().file("no/such.conf"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no/such.conf");
  }

  @ParameterizedTest
  @CsvSource({"kitten,sitting,3", "ab,ba,1", "'',abc,3", "same,same,0", "epohcs,epochs,1"})
  void distancesAreThoseOfTheTextbook(String a, String b, int distance) {
    assertThat(Nearest.distance(a, b)).isEqualTo(distance);
  }

  @Test
  void whatIsNearNothingHasNoNearest() {
    assertThat(Nearest.to("xylophone", List.of("run", "sample"))).isEmpty();
  }
}
