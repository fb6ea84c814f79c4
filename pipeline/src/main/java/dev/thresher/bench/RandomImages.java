package dev.thresher.bench;

import dev.thresher.engine.FloatPass;
import dev.thresher.finetune.PixelNormalizer;
import dev.thresher.finetune.ShardData;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.finetune.TrainingPart;
import dev.thresher.network.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Seeded random pictures with the float network's logits: one part for each thread. */
final class RandomImages implements ShardData {
  private static final long serialVersionUID = 1L;

  /** A few batches are enough: what pictures show does not change what they cost. */
  private static final int BATCHES_IN_A_PART = 2;

  static final PixelNormalizer NORMALIZER = RandomImages::normalize;

  /** Tells sets apart in the cache of parts: pictures are alike, logits are not. */
  private static final AtomicInteger MADE = new AtomicInteger();

  private final transient List<TrainingPart> parts = new ArrayList<>();
  private final String id;

  RandomImages(Graph graph, FloatPass teacher, int batch, int parts) {
    this.id = "random images " + MADE.incrementAndGet();
    for (int part = 0; part < parts; part++) {
      List<byte[]> pixels = new ArrayList<>();
      Random random = new Random(part);
      for (int i = 0; i < BATCHES_IN_A_PART * batch; i++) {
        byte[] rgb = new byte[graph.inputShape().size()];
        random.nextBytes(rgb);
        pixels.add(rgb);
      }
      List<float[]> logits =
          TeacherLogits.compute(
              teacher, batch, pixels, NORMALIZER, graph.inputShape().size(), graph.classes());
      List<TrainingPart.Image> images = new ArrayList<>();
      for (int i = 0; i < pixels.size(); i++) {
        images.add(new TrainingPart.Image(pixels.get(i), logits.get(i)));
      }
      this.parts.add(new TrainingPart(images));
    }
  }

  /** x / 127.5 - 1. */
  private static void normalize(byte[] rgb, float[] out, int offset) {
    for (int i = 0; i < rgb.length; i++) {
      out[offset + i] = (rgb[i] & 0xff) / 127.5f - 1f;
    }
  }

  /** The first images of a part as the network reads them, [count, H, W, C]. */
  float[] batch(int part, int count) {
    int size = parts.get(part).image(0).rgb().length;
    float[] values = new float[count * size];
    for (int i = 0; i < count; i++) {
      normalize(parts.get(part).image(i).rgb(), values, i * size);
    }
    return values;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int parts() {
    return parts.size();
  }

  @Override
  public int size(int part) {
    return parts.get(part).size();
  }

  @Override
  public TrainingPart load(int part) {
    return parts.get(part);
  }
}
