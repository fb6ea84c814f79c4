package dev.thresher.finetune;

import dev.thresher.engine.FloatPass;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The float network's logits of one part, computed once and kept with the sample.
 *
 * <pre>
 *   "THTL", int32 version 1, int32 rows, int32 classes, float32 logits[rows][classes]   (little-endian)
 * </pre>
 */
public final class TeacherLogits {
  private static final int MAGIC = 0x4c544854; // "THTL", little-endian
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 4 * Integer.BYTES;

  private TeacherLogits() {}

  /**
   * Runs the float network on a part, in batches that start at its first image.
   *
   * @param imageSize values of an image, H * W * C
   * @param classes logits of an image
   * @return logits of each image, [rows][classes]
   */
  public static List<float[]> compute(
      FloatPass pass,
      int batch,
      List<byte[]> pixels,
      PixelNormalizer normalizer,
      int imageSize,
      int classes) {
    float[] images = new float[batch * imageSize];
    float[] logits = new float[batch * classes];
    List<float[]> result = new ArrayList<>(pixels.size());
    for (int first = 0; first < pixels.size(); first += batch) {
      int count = Math.min(batch, pixels.size() - first);
      for (int i = 0; i < count; i++) {
        byte[] rgb = pixels.get(first + i);
        if (rgb.length != imageSize) {
          throw new FineTuneException(
              "Cannot run the float network on an image of "
                  + rgb.length
                  + " values: it reads "
                  + imageSize
                  + ". Sample again with the model's own preprocessing.");
        }
        normalizer.write(rgb, images, i * imageSize);
      }
      pass.logits(images, count, logits);
      for (int i = 0; i < count; i++) {
        result.add(java.util.Arrays.copyOfRange(logits, i * classes, (i + 1) * classes));
      }
    }
    return result;
  }

  /** The bytes of a part's logits; the same logits give the same bytes. */
  public static byte[] encode(List<float[]> logits, int classes) {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + Float.BYTES * classes * logits.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(VERSION).putInt(logits.size()).putInt(classes);
    for (float[] row : logits) {
      for (float value : row) {
        out.putFloat(value);
      }
    }
    return out.array();
  }

  /**
   * The logits of some bytes.
   *
   * @param name of the object, for messages
   * @throws FineTuneException for bytes of another kind or version, or a wrong number of them
   */
  public static List<float[]> decode(byte[] bytes, String name) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER_BYTES || in.getInt() != MAGIC || in.getInt() != VERSION) {
      throw new FineTuneException(
          "Cannot read " + name + ": it does not hold teacher logits of version " + VERSION + ".");
    }
    int rows = in.getInt();
    int classes = in.getInt();
    if (rows < 0 || classes < 1 || in.remaining() != (long) Float.BYTES * rows * classes) {
      throw new FineTuneException(
          "Cannot read %s: %d bytes follow its header, %d rows of %d logits need %d."
              .formatted(name, in.remaining(), rows, classes, 4L * rows * classes));
    }
    List<float[]> logits = new ArrayList<>(rows);
    for (int row = 0; row < rows; row++) {
      float[] values = new float[classes];
      in.asFloatBuffer().get(values);
      in.position(in.position() + Float.BYTES * classes);
      logits.add(values);
    }
    return logits;
  }
}
