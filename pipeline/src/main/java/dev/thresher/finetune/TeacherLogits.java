package dev.thresher.finetune;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.thresher.container.Container;
import dev.thresher.container.ContainerException;
import dev.thresher.container.ContainerKind;
import dev.thresher.container.ContainerWriter;
import dev.thresher.engine.FloatPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The float network's logits of one part, computed once and kept with the sample: a {@link
 * Container} with the array logits [rows, classes].
 */
public final class TeacherLogits {
  private static final ContainerKind KIND = new ContainerKind("part of teacher logits", 2);
  private static final String LOGITS = "logits";

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
        result.add(Arrays.copyOfRange(logits, i * classes, (i + 1) * classes));
      }
    }
    return result;
  }

  /** The bytes of a part's logits; the same logits give the same bytes. */
  public static byte[] encode(List<float[]> logits, int classes) {
    float[] all = new float[Math.multiplyExact(classes, logits.size())];
    for (int row = 0; row < logits.size(); row++) {
      System.arraycopy(logits.get(row), 0, all, row * classes, classes);
    }
    return new ContainerWriter(KIND, JsonNodeFactory.instance.objectNode())
        .floats(LOGITS, all, logits.size(), classes)
        .encode();
  }

  /**
   * The logits of some bytes.
   *
   * @param name of the object, for messages
   * @throws FineTuneException for bytes of another kind or version, or damaged ones
   */
  public static List<float[]> decode(byte[] bytes, String name) {
    try {
      Container in = Container.read(bytes, KIND);
      int[] shape = in.shape(LOGITS);
      float[] all = in.floats(LOGITS, shape);
      in.finish();
      if (shape.length != 2 || shape[1] < 1) {
        throw KIND.refusal("its logits are of shape " + Arrays.toString(shape) + ".");
      }
      int classes = shape[1];
      List<float[]> logits = new ArrayList<>(shape[0]);
      for (int row = 0; row < shape[0]; row++) {
        logits.add(Arrays.copyOfRange(all, row * classes, (row + 1) * classes));
      }
      return logits;
    } catch (ContainerException e) {
      throw new FineTuneException("Cannot read " + name + ": " + e.reason(), e);
    }
  }
}
