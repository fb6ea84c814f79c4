package dev.thresher.finetune;

import dev.thresher.finetune.ShardOrder.Location;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.DataSet;

/**
 * The minibatches of one shard in one round, made one at a time: features [batch, H * W * C], and
 * where DL4J expects labels the float network's logits [batch, classes]. Which images they hold is
 * {@link ShardOrder}'s. Used by one thread.
 */
public final class MinibatchReader implements Iterator<DataSet> {
  private final ShardData data;
  private final PixelNormalizer normalizer;
  private final FineTuneSettings settings;
  private final ShardOrder order;
  private final int imageSize;
  private final int classes;
  private final int end;
  private final Key key;
  private final float[] features;
  private final float[] teacher;
  private int step;

  /**
   * Reads the steps [first, first + steps) of a shard.
   *
   * @param imageSize values of an image, H * W * C
   * @param classes logits of an image
   */
  public MinibatchReader(
      ShardData data,
      PixelNormalizer normalizer,
      FineTuneSettings settings,
      int shard,
      int first,
      int steps,
      int imageSize,
      int classes) {
    this.data = data;
    this.normalizer = normalizer;
    this.settings = settings;
    this.order = ShardOrder.of(data, settings, shard);
    this.imageSize = imageSize;
    this.classes = classes;
    this.step = first;
    this.end = first + steps;
    this.key = new Key(data.id(), settings, shard, first, end);
    this.features = new float[settings.batch() * imageSize];
    this.teacher = new float[settings.batch() * classes];
  }

  /**
   * Which minibatches these are: readers of one key give the same.
   *
   * @param data identifier of the images
   */
  record Key(String data, FineTuneSettings settings, int shard, int first, int end) {}

  /** Of all that a reader gives, whatever it gave already. */
  Key key() {
    return key;
  }

  /** Bytes of a minibatch, on the heap while it is made and off the heap while it is used. */
  public long bytes() {
    return 2L * Float.BYTES * (features.length + teacher.length);
  }

  @Override
  public boolean hasNext() {
    return step < end;
  }

  @Override
  public DataSet next() {
    if (!hasNext()) {
      throw new NoSuchElementException("step " + step);
    }
    int batch = settings.batch();
    List<Location> locations = order.batch(step, batch);
    for (int i = 0; i < batch; i++) {
      Location location = locations.get(i);
      TrainingPart.Image image = PartCache.SHARED.part(data, location.part()).image(location.row());
      check(location, image);
      normalizer.write(image.rgb(), features, i * imageSize);
      System.arraycopy(image.teacher(), 0, teacher, i * classes, classes);
    }
    step++;
    PartCache.SHARED.readAhead(data, order.at((long) (step + 1) * batch - 1).part());
    return new DataSet(
        NdFloats.array(features, batch, imageSize), NdFloats.array(teacher, batch, classes));
  }

  private void check(Location location, TrainingPart.Image image) {
    if (image.rgb().length != imageSize || image.teacher().length != classes) {
      throw new FineTuneException(
          "Cannot train on image %d of part %d: it has %d values and %d logits, the network reads"
                  .formatted(
                      location.row(), location.part(), image.rgb().length, image.teacher().length)
              + " "
              + imageSize
              + " values and gives "
              + classes
              + " logits. Sample again with the model's own preprocessing.");
    }
  }
}
