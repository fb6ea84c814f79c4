package dev.thresher.jobs.stages;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.evaluate.Ranking;
import dev.thresher.jobs.BadInputException;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.MissingKey;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.UsageException;
import dev.thresher.jobs.config.Nearest;
import dev.thresher.jobs.config.Settings;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLabels;
import dev.thresher.sample.ImageRef;
import dev.thresher.sample.Labels;
import dev.thresher.sample.LayoutChoice;
import dev.thresher.sample.PlannedPart;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.Source;
import dev.thresher.sample.Sources;
import dev.thresher.sample.TableColumns;
import dev.thresher.spark.SampleDraw;
import dev.thresher.spark.SamplePreparation;
import dev.thresher.store.ObjectRecord;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;

/** Draws the sample, prepares its images and those of the validation set once for all stages. */
public final class SampleStage implements Stage {
  /** What the labels file calls the classes, a JSON array in the order of their indices. */
  private static final String CLASSES = "sample/classes.json";

  @Override
  public String name() {
    return "sample";
  }

  @Override
  public List<MissingKey> missing(Settings settings) {
    return settings.data().train().isEmpty()
        ? List.of(
            new MissingKey(
                "data.train",
                "images without labels: a folder, a list, tables, archives",
                "images/train"))
        : List.of();
  }

  @Override
  public void validate(Context context) {
    Settings.Data data = context.settings().data();
    ImageFiles files = new ImageFiles(context.hadoopSettings());
    imageLabels(data, labels(data, files), files);
    trainSources(data, files);
    if (!validationSources(data, files).isEmpty()
        && context.settings().model().path().isPresent()) {
      FloatModel.folded(context);
    }
  }

  private static List<Source> trainSources(Settings.Data data, ImageFiles files) {
    return data.train().stream()
        .map(location -> open(location, data.layout(), data.columns(), files))
        .toList();
  }

  /** With a guess where the place is mistyped. */
  private static Source open(
      String location, LayoutChoice layout, TableColumns columns, ImageFiles files) {
    try {
      return Sources.open(location, layout, columns, files);
    } catch (SampleException e) {
      String near = Nearest.file(location, List.of());
      boolean missing =
          e.getCause() instanceof FileNotFoundException
              || e.getCause() instanceof NoSuchFileException;
      throw missing && !near.isEmpty() ? new SampleException(e.getMessage() + near, e) : e;
    }
  }

  private static List<Source> validationSources(Settings.Data data, ImageFiles files) {
    return data
        .validation()
        .map(location -> open(location, data.validationLayout(), data.columns(), files))
        .stream()
        .toList();
  }

  @Override
  public StageOutput run(Context context) {
    Settings settings = context.settings();
    Settings.Data data = settings.data();
    ImageFiles files = new ImageFiles(context.hadoopSettings());
    Labels labels = labels(data, files);
    List<ObjectRecord> objects = new ArrayList<>();
    SamplePlan drawn =
        draw(context, "sample", files, settings.sample().size(), shards(settings))
            .draw(trainSources(data, files), labels, ImageLabels.none());
    requireAnImageForEveryShard(drawn, settings);
    Optional<SamplePlan> drawnForValidation = drawValidation(context, files, labels);
    drawnForValidation.ifPresent(plan -> requireClassesOfTheNetwork(context, plan));
    SampleManifest train = prepare(context, ImageSet.TRAIN, files, drawn);
    record(context, ImageSet.TRAIN, train, objects);
    int bad = train.bad().size();
    if (drawnForValidation.isPresent()) {
      SampleManifest validation =
          prepare(context, ImageSet.VALIDATION, files, drawnForValidation.get());
      record(context, ImageSet.VALIDATION, validation, objects);
      bad += validation.bad().size();
    }
    if (labels.size() > 0) {
      objects.add(context.store().write(CLASSES, titles(labels)));
    }
    return new StageOutput(objects, Map.of("images", train.images(), "bad_images", bad));
  }

  private static byte[] titles(Labels labels) {
    try {
      return new ObjectMapper().writeValueAsBytes(labels.titles());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A list of texts is JSON", e);
    }
  }

  private static Optional<SamplePlan> drawValidation(
      Context context, ImageFiles files, Labels labels) {
    Settings.Data data = context.settings().data();
    List<Source> sources = validationSources(data, files);
    return sources.isEmpty()
        ? Optional.empty()
        : Optional.of(
            draw(context, "validation", files, new SampleSize.Fraction(1), 1)
                .draw(sources, labels, imageLabels(data, labels, files)));
  }

  /** Known as soon as images are listed: better now than when the network is trained. */
  private static void requireClassesOfTheNetwork(Context context, SamplePlan validation) {
    Settings settings = context.settings();
    if (settings.model().path().isEmpty()) {
      return;
    }
    int outputs = FloatModel.folded(context).graph().classes();
    int classes = Ranking.classes(outputs);
    int found = validation.contents().classes();
    if (!EvaluateStage.labelsAreKnown(validation.contents().ranked(), found, outputs)) {
      return;
    }
    for (PlannedPart part : validation.parts()) {
      for (ImageRef image : part.refs()) {
        if (image.label() >= classes) {
          throw new BadInputException(
              "Cannot evaluate on %s: %s has label %d, and the classes of %s are 0 to %d; give the labels of this network's data set, or images without labels"
                  .formatted(
                      settings.data().validation().orElseThrow(),
                      image.id(),
                      image.label(),
                      settings.model().path().orElseThrow(),
                      classes - 1));
        }
      }
    }
  }

  /** Known as soon as images are listed: better now than after all of them are prepared. */
  private static void requireAnImageForEveryShard(SamplePlan plan, Settings settings) {
    int shards = settings.finetune().shards();
    if (settings.finetune().epochs() > 0 && shards > plan.images()) {
      throw new UsageException(
          "finetune.shards is %d, and the sample has %d images: every shard needs one. Set finetune.shards to %d or fewer, or give more images"
              .formatted(shards, plan.images(), plan.images()));
    }
  }

  static Labels labels(Settings.Data data, ImageFiles files) {
    return data.labels().map(file -> Labels.read(file, files)).orElseGet(Labels::none);
  }

  private static ImageLabels imageLabels(Settings.Data data, Labels outputs, ImageFiles files) {
    return data.validationLabels()
        .map(file -> ImageLabels.read(file, data.validationClasses().orElse(""), outputs, files))
        .orElseGet(ImageLabels::none);
  }

  /** Shards that will train, each on parts of its own. */
  private static int shards(Settings settings) {
    return settings.finetune().epochs() > 0 ? settings.finetune().shards() : 1;
  }

  private static SampleDraw draw(
      Context context, String name, ImageFiles files, SampleSize size, int shards) {
    Settings settings = context.settings();
    Settings.Sample sample = settings.sample();
    return new SampleDraw(
        JavaSparkContext.fromSparkContext(context.spark().sparkContext()),
        name,
        files,
        new SampleDraw.Ask(
            size, sample.seed(), sample.partImages(), shards, settings.data().maxBadFraction()));
  }

  private static SampleManifest prepare(
      Context context, ImageSet set, ImageFiles files, SamplePlan plan) {
    Settings settings = context.settings();
    SamplePreparation preparation =
        new SamplePreparation(
            settings.model().preprocessing(),
            files,
            set.sink(context.store()),
            settings.data().maxBadFraction(),
            settings.data().columns());
    try (Counted tried = new Counted(context, "sample", plan.images())) {
      return preparation.run(
          JavaSparkContext.fromSparkContext(context.spark().sparkContext()),
          "sample",
          plan,
          tried.counter());
    }
  }

  private static void record(
      Context context, ImageSet set, SampleManifest manifest, List<ObjectRecord> objects) {
    context.progress().skipped(manifest.bad().size());
    SampleText.lines(set, manifest).forEach(line -> context.progress().say("sample: " + line));
    manifest.parts().forEach(part -> objects.add(set.record(part)));
    Stream.concat(manifest.unusableNotes().stream(), manifest.bad().stream())
        .forEach(
            note ->
                context.progress().say("sample: skipped " + note.path() + ": " + note.reason()));
    byte[] json = manifest.toJson().getBytes(StandardCharsets.UTF_8);
    objects.add(context.store().write(set.manifestKey(), json));
  }
}
