package dev.thresher.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.FloatPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.Distillation;
import dev.thresher.finetune.EngineSource;
import dev.thresher.finetune.FineTuneListener;
import dev.thresher.finetune.FineTuneProgress;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuner;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.Samples;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.ShardData;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.finetune.TrainingPart;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.image.Preprocessing;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import dev.thresher.sample.FolderParts;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageRef;
import dev.thresher.sample.Labels;
import dev.thresher.sample.PartPreparation;
import dev.thresher.sample.PartResult;
import dev.thresher.sample.PlainSample;
import dev.thresher.sample.PlannedPart;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SyntheticImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplePixelsTest {
  private static final ImageFiles FILES = new ImageFiles(Map.of());
  private static final Preprocessing SMALL =
      new Preprocessing(
          Samples.SIDE + 2,
          Samples.SIDE,
          Preprocessing.IMAGENET_TORCHVISION.mean(),
          Preprocessing.IMAGENET_TORCHVISION.std(),
          Preprocessing.IMAGENET_TORCHVISION.channelOrder(),
          Preprocessing.IMAGENET_TORCHVISION.interpolation());

  @TempDir private Path root;

  @BeforeEach
  void draw() throws IOException {
    new SyntheticImages(5, 4, 32, 3).write(root.resolve("images"));
  }

  /** The sample with its labels changed. */
  private SamplePixels sample(String name, IntUnaryOperator labels) throws IOException {
    SamplePlan plan =
        PlainSample.of(List.of(root.resolve("images").toString()), Labels.none(), FILES)
            .plan(1.0, 42, 8);
    FolderParts parts = new FolderParts(Files.createDirectories(root.resolve(name)).toString());
    List<PartResult> results = new ArrayList<>();
    for (PlannedPart part : plan.parts()) {
      List<ImageRef> images =
          part.refs().stream()
              .map(
                  ref ->
                      new ImageRef(
                          ref.location(),
                          ref.className(),
                          ref.name(),
                          labels.applyAsInt(ref.label())))
              .toList();
      results.add(new PartPreparation(SMALL, FILES, parts).prepare(part.part(), images, () -> {}));
    }
    return new SamplePixels(new PreparedParts(SampleManifest.of(plan, SMALL, results, 0.0), parts));
  }

  /** Pixels with logits computed when read. */
  private record Taught(SamplePixels pixels, Graph graph) implements ShardData {
    private static final long serialVersionUID = 1L;

    @Override
    public String id() {
      return pixels.id();
    }

    @Override
    public int parts() {
      return pixels.parts();
    }

    @Override
    public int size(int part) {
      return pixels.size(part);
    }

    @Override
    public TrainingPart load(int part) {
      List<byte[]> images = pixels.load(part);
      List<TrainingPart.Image> rows = new ArrayList<>();
      try (FloatPass pass = new ReferenceEngine().floatPass(graph, 4)) {
        List<float[]> logits =
            TeacherLogits.compute(
                pass, 4, images, pixels.normalizer(), graph.inputShape().size(), graph.classes());
        for (int row = 0; row < images.size(); row++) {
          rows.add(new TrainingPart.Image(images.get(row), logits.get(row)));
        }
      }
      return new TrainingPart(rows);
    }
  }

  private static List<byte[]> train(SamplePixels pixels) {
    Graph graph = Samples.graph(3);
    List<byte[]> states = new ArrayList<>();
    FineTuner.finetune(
        Samples.thresholded(graph, Pixels.of(5, 9), Scheme.SYMMETRIC, new ReferenceEngine()),
        new Taught(pixels, graph),
        pixels.normalizer(),
        new FineTuneSettings(
            2, 4, 2, 2, CosineRestarts.PAPER, Distillation.ROOT_MEAN_SQUARE, 0, 0, 0, 1),
        EngineSource.named("reference"),
        Optional.empty(),
        new FineTuneListener() {
          @Override
          public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
            states.add(TrainingStateCodec.encode(state));
          }
        });
    return states;
  }

  @Test
  void shuffledOrAbsentLabelsGiveTheSameBytes() throws IOException {
    SamplePixels labelled = sample("labelled", label -> label);
    SamplePixels shuffled = sample("shuffled", label -> (label + 3) % 5);
    SamplePixels absent = sample("absent", label -> -1);
    List<byte[]> expected = train(labelled);

    assertThat(expected).hasSize(3); // 2 * 20 / (2 * 4) = 5 steps
    assertThat(train(shuffled)).containsExactlyElementsOf(expected);
    assertThat(train(absent)).containsExactlyElementsOf(expected);
    assertThat(List.of(shuffled.id(), absent.id())).containsOnly(labelled.id());
  }

  @Test
  void pixelsAreReadByTheSamplesOwnPreprocessing() throws IOException {
    SamplePixels pixels = sample("one", label -> label);

    assertThat(pixels.parts()).isEqualTo(3);
    float[] values = new float[3 * Samples.SIDE * Samples.SIDE];
    byte[] rgb = new byte[values.length];
    pixels.normalizer().write(rgb, values, 0);
    assertThat(values[0]).isEqualTo((0f - 0.485f) / 0.229f);
  }
}
