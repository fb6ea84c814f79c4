package dev.thresher.spark;

import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.PartPixels;
import dev.thresher.finetune.ShardData;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.finetune.TrainingPart;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.util.ArrayList;
import java.util.List;

/** Prepared pixels and the teacher's logits, part by part from the run's store. */
public final class DistillationData implements ShardData {
  private static final long serialVersionUID = 1L;

  private final PartPixels pixels;
  private final RunStore store;
  private final ArrayList<ObjectRecord> teacher;
  private final String id;

  DistillationData(PartPixels pixels, RunStore store, TeacherManifest manifest) {
    this.pixels = pixels;
    this.store = store;
    this.teacher = new ArrayList<>(manifest.parts());
    this.id = pixels.id() + "/" + manifest.network() + "/" + manifest.engine();
    if (teacher.size() != pixels.parts()) {
      throw new FineTuneException(
          "Cannot train on %d parts of pixels with teacher logits of %d parts. Start a new run."
              .formatted(pixels.parts(), teacher.size()));
    }
  }

  @Override
  public String id() {
    return id;
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
    ObjectRecord record = teacher.get(part);
    List<float[]> logits = TeacherLogits.decode(store.read(record), record.key());
    List<byte[]> images = pixels.load(part);
    if (logits.size() != images.size() || images.size() != size(part)) {
      throw new FineTuneException(
          "Cannot train on part %d: it has %d images, %s has logits of %d, the sample says %d."
              .formatted(part, images.size(), record.key(), logits.size(), size(part)));
    }
    List<TrainingPart.Image> rows = new ArrayList<>(images.size());
    for (int row = 0; row < images.size(); row++) {
      rows.add(new TrainingPart.Image(images.get(row), logits.get(row)));
    }
    return new TrainingPart(rows);
  }
}
