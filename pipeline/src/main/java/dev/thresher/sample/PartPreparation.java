package dev.thresher.sample;

import dev.thresher.image.Codec;
import dev.thresher.image.ImageFormatException;
import dev.thresher.image.ImageLimits;
import dev.thresher.image.ImagePreparer;
import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

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
    return prepare(part, images, Map.of(), tried);
  }

  /**
   * Prepares one part of images of which some, or all, were attempted before.
   *
   * @param attempted what came of them, by place in the part
   */
  public PartResult prepare(
      int part, List<ImageRef> images, Map<Integer, Attempt> attempted, Runnable tried) {
    List<Attempt> attempts = new ArrayList<>(images.size());
    try (ImageBytes bytes = new ImageBytes(files, limits)) {
      for (int row = 0; row < images.size(); row++) {
        ImageRef image = images.get(row);
        Attempt before = attempted.get(row);
        attempts.add(before == null ? attempt(image, () -> bytes.read(image)) : before);
        tried.run();
      }
    }
    return encode(part, images, attempts);
  }

  /** Attempts one image of a row that holds these bytes. */
  public Attempt attempt(ImageRef image, byte[] file) {
    return file.length == 0
        ? new Attempt.Refused("its row holds no bytes")
        : attempt(image, () -> file);
  }

  private Attempt attempt(ImageRef image, Supplier<byte[]> file) {
    try {
      ImagePreparer.Outcome outcome =
          preparer.prepare(file.get(), image.id(), image.className(), image.label());
      return new Attempt.Prepared(outcome.image(), outcome.codec());
    } catch (ImageFormatException e) {
      return new Attempt.Refused(e.getMessage());
    }
  }

  private PartResult encode(int number, List<ImageRef> images, List<Attempt> attempts) {
    List<PreparedImage> rows = new ArrayList<>(images.size());
    List<ImageNote> bad = new ArrayList<>();
    List<ImageNote> fallback = new ArrayList<>();
    int labelled = 0;
    for (int row = 0; row < images.size(); row++) {
      ImageRef image = images.get(row);
      if (attempts.get(row) instanceof Attempt.Prepared prepared) {
        rows.add(prepared.image());
        labelled += image.label() == PreparedImage.UNLABELLED ? 0 : 1;
        told(prepared.codec()).ifPresent(what -> fallback.add(new ImageNote(image.path(), what)));
      } else if (attempts.get(row) instanceof Attempt.Refused refused) {
        bad.add(new ImageNote(image.path(), refused.reason()));
      }
    }
    PartEncoder.EncodedPart part = PartEncoder.encode(rows);
    String name = sink.write(PartRecord.name(number), part.content(), part.sha256());
    PartRecord record =
        new PartRecord(
            name, part.content().length, part.sha256(), rows.size(), part.imagesSha256());
    return new PartResult(number, record, labelled, bad, fallback);
  }

  private static Optional<String> told(Codec codec) {
    return switch (codec) {
      case OPENCV -> Optional.empty();
      case TWELVE_MONKEYS_FOUR_COLOURS -> Optional.of("JPEG of four colour components");
      case TWELVE_MONKEYS_REFUSED -> Optional.of("JPEG that only the second decoder reads");
    };
  }
}
