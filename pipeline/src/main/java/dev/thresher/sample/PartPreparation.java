package dev.thresher.sample;

import dev.thresher.image.ImageFormatException;
import dev.thresher.image.ImageLimits;
import dev.thresher.image.ImagePreparer;
import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes one part: reads, decodes, resizes and crops its images and writes them as one object.
 *
 * <p>What is wrong with an image itself (absent, not readable, not an image) skips it with the
 * reason; what is wrong with the connection is thrown, so that the task is tried again. The bytes
 * written depend on the images and the preprocessing only.
 */
public final class PartPreparation {
  private final ImagePreparer preparer;
  private final ImageLimits limits = ImageLimits.DEFAULT;
  private final ImageFiles files;
  private final PartSink sink;

  /** Prepares with this preprocessing. */
  public PartPreparation(Preprocessing preprocessing, ImageFiles files, PartSink sink) {
    this.preparer = new ImagePreparer(preprocessing, limits);
    this.files = files;
    this.sink = sink;
  }

  /**
   * Prepares one part.
   *
   * @param part its number
   * @param images its images, in order
   * @param tried run after each image, for progress only
   */
  public PartResult prepare(int part, List<ImageRef> images, Runnable tried) {
    try (ImageBytes bytes = new ImageBytes(files, limits)) {
      return prepare(part, images, (row, image) -> bytes.read(image), tried);
    }
  }

  /**
   * Prepares one part of images that have been read, some of them or all.
   *
   * @param read bytes by place in the part
   */
  public PartResult prepare(
      int part, List<ImageRef> images, Map<Integer, byte[]> read, Runnable tried) {
    try (ImageBytes bytes = new ImageBytes(files, limits)) {
      return prepare(
          part,
          images,
          (row, image) -> read.containsKey(row) ? read.get(row) : bytes.read(image),
          tried);
    }
  }

  /** Gives the bytes of an image. */
  private interface Bytes {
    byte[] of(int row, ImageRef image);
  }

  private PartResult prepare(int number, List<ImageRef> images, Bytes bytes, Runnable tried) {
    List<PreparedImage> rows = new ArrayList<>(images.size());
    List<ImageNote> bad = new ArrayList<>();
    List<ImageNote> fallback = new ArrayList<>();
    int labelled = 0;
    for (int row = 0; row < images.size(); row++) {
      ImageRef image = images.get(row);
      try {
        ImagePreparer.Outcome outcome =
            preparer.prepare(bytes.of(row, image), image.id(), image.className(), image.label());
        rows.add(outcome.image());
        labelled += image.label() == PreparedImage.UNLABELLED ? 0 : 1;
        switch (outcome.codec()) {
          case OPENCV -> {}
          case TWELVE_MONKEYS_FOUR_COLOURS ->
              fallback.add(new ImageNote(image.path(), "JPEG of four colour components"));
          case TWELVE_MONKEYS_DAMAGED ->
              fallback.add(new ImageNote(image.path(), "damaged JPEG, missing rows are grey"));
        }
      } catch (ImageFormatException e) {
        bad.add(new ImageNote(image.path(), e.getMessage()));
      }
      tried.run();
    }
    PartEncoder.EncodedPart part = PartEncoder.encode(rows);
    String name = sink.write(PartRecord.name(number), part.content(), part.sha256());
    PartRecord record =
        new PartRecord(
            name, part.content().length, part.sha256(), rows.size(), part.imagesSha256());
    return new PartResult(number, record, labelled, bad, fallback);
  }
}
