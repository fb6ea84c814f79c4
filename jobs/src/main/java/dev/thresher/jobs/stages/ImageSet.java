package dev.thresher.jobs.stages;

import dev.thresher.evaluate.EvaluationImage;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.jobs.BadInputException;
import dev.thresher.jobs.Context;
import dev.thresher.sample.PartRecord;
import dev.thresher.sample.PartSink;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import dev.thresher.spark.EvaluateParts.PartImages;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** The two sets of prepared images of a run, and how each stage reads them from its store. */
enum ImageSet {
  /** What is calibrated and fine-tuned on. */
  TRAIN("sample/train/"),
  /** What is evaluated on. */
  VALIDATION("sample/validation/");

  private final String folder;

  ImageSet(String folder) {
    this.folder = folder;
  }

  String manifestKey() {
    return folder + "manifest.json";
  }

  /** Writes parts under this set's folder of the run. */
  PartSink sink(RunStore store) {
    String prefix = folder;
    return (name, content, sha256) ->
        store.write(prefix + name, content, sha256).key().substring(prefix.length());
  }

  /** The store's record of a part. */
  ObjectRecord record(PartRecord part) {
    return new ObjectRecord(folder + part.name(), part.size(), part.sha256());
  }

  /** What users know it as. */
  String id() {
    return this == VALIDATION ? "validation" : "sample";
  }

  boolean isIn(Context context) {
    return context.committed("sample").objects().stream()
        .anyMatch(object -> object.name().equals(manifestKey()));
  }

  /** The set as {@code sample} committed it. */
  PreparedParts open(Context context) {
    RunStore store = context.store();
    byte[] json = store.read(context.committed("sample").object(manifestKey()));
    SampleManifest manifest =
        SampleManifest.parse(new String(json, StandardCharsets.UTF_8), manifestKey());
    if (!manifest.preprocessing().equals(context.settings().model().preprocessing())) {
      throw new BadInputException(
          "Cannot use the sample of run "
              + store.runId()
              + ": its images were prepared otherwise than model.preprocessing says; begin a new"
              + " run");
    }
    String prefix = folder;
    return new PreparedParts(
        manifest,
        part -> store.read(new ObjectRecord(prefix + part.name(), part.size(), part.sha256())));
  }

  /** Normalised images, part by part, for evaluation, with their labels where these may be used. */
  PartImages<Integer> evaluationImages(PreparedParts parts, boolean labelled) {
    return part -> {
      Normalization normalization = new Normalization(parts.manifest().preprocessing());
      return parts.load(part).stream()
          .map(image -> evaluated(image, normalization, labelled))
          .iterator();
    };
  }

  private static EvaluationImage evaluated(
      PreparedImage image, Normalization normalization, boolean mayBeLabelled) {
    float[] values = new float[Normalization.size(image)];
    normalization.write(image, values, 0);
    boolean labelled = mayBeLabelled && image.label() != PreparedImage.UNLABELLED;
    return new EvaluationImage(
        image.id(),
        image.className(),
        values,
        labelled ? OptionalInt.of(image.label()) : OptionalInt.empty());
  }
}
