package dev.thresher.finetune;

import java.util.List;

/**
 * The images of one part of the sample as training sees them: prepared pixels and the float
 * network's logits. There is no label here, and none can be asked for. Immutable by contract:
 * arrays are handed over, not copied.
 */
public final class TrainingPart {
  /**
   * One image.
   *
   * @param rgb prepared pixels, [H, W, 3]
   * @param teacher logits of the float network, [classes]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Image(byte[] rgb, float[] teacher) {}

  private final List<Image> images;

  /** Takes over the images in the order of the part. */
  public TrainingPart(List<Image> images) {
    this.images = List.copyOf(images);
  }

  /** Number of images. */
  public int size() {
    return images.size();
  }

  /** An image by its row. */
  public Image image(int row) {
    return images.get(row);
  }

  /** Bytes that the part holds in memory. */
  public long bytes() {
    return images.stream().mapToLong(i -> i.rgb().length + 4L * i.teacher().length).sum();
  }
}
