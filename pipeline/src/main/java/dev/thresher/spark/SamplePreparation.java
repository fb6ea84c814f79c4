package dev.thresher.spark;

import dev.thresher.image.Preprocessing;
import dev.thresher.sample.Attempt;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLocation.ParquetRow;
import dev.thresher.sample.ImageRef;
import dev.thresher.sample.PartPreparation;
import dev.thresher.sample.PartResult;
import dev.thresher.sample.PartSink;
import dev.thresher.sample.PlannedPart;
import dev.thresher.sample.RowGroupReader;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.TableColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/**
 * Prepares a sample on a cluster: tasks of parts that are about as many bytes to read.
 *
 * <p>Tasks may be retried or run twice: each writes the same bytes under the same name. What counts
 * is what the tasks return, gathered in part order; the accumulator is for display, since Spark
 * adds to it again on a retry.
 */
public final class SamplePreparation {
  /**
   * So many that tasks are short beside the whole and end together, so few that starting is free.
   */
  private static final int TASKS_PER_CORE = 32;

  private final Preprocessing preprocessing;
  private final ImageFiles files;
  private final PartSink sink;
  private final double maxBadFraction;
  private final TableColumns columns;

  /**
   * Prepares with these.
   *
   * @param files how images are read, on the driver's and on the executors' machines
   * @param sink where parts go
   * @param maxBadFraction share of the images tried that may be bad, 0 to 1
   * @param columns which columns of tables hold images
   */
  public SamplePreparation(
      Preprocessing preprocessing,
      ImageFiles files,
      PartSink sink,
      double maxBadFraction,
      TableColumns columns) {
    if (!(maxBadFraction >= 0 && maxBadFraction <= 1)) {
      throw new IllegalArgumentException(
          "Cannot allow a fraction of %s of the images to be bad: give a number from 0 to 1."
              .formatted(maxBadFraction));
    }
    this.preprocessing = preprocessing;
    this.files = files;
    this.sink = sink;
    this.maxBadFraction = maxBadFraction;
    this.columns = columns;
  }

  /**
   * Prepares and writes every part; the caller commits the manifest.
   *
   * @param name of the sample in Spark's job list, such as {@code sample}
   * @param tried counts images as tasks go, for progress only
   * @throws SampleException if too many images are bad
   */
  public SampleManifest run(
      JavaSparkContext spark, String name, SamplePlan plan, LongAccumulator tried) {
    spark.setJobDescription("%s: preparing %d images".formatted(name, plan.images()));
    int tasks = Math.max(1, TASKS_PER_CORE * spark.defaultParallelism());
    List<List<PlannedPart>> groups =
        Balanced.groups(plan.parts(), PlannedPart::bytes, Math.min(plan.parts().size(), tasks));
    JavaRDD<PlannedPart> parts =
        spark.parallelize(groups, Math.max(1, groups.size())).flatMap(List::iterator);
    try {
      boolean rows = plan.parts().stream().anyMatch(PlannedPart::hasRows);
      List<PartResult> results =
          new ArrayList<>((rows ? gathered(parts, tasks, tried) : direct(parts, tried)).collect());
      results.sort(Comparator.comparing(PartResult::number));
      return SampleManifest.of(plan, preprocessing, results, maxBadFraction);
    } catch (Exception e) {
      throw Failures.ofTask(e, SampleException.class);
    } finally {
      spark.setJobDescription(null);
    }
  }

  private JavaRDD<PartResult> direct(JavaRDD<PlannedPart> parts, LongAccumulator tried) {
    Preprocessing shippedPreprocessing = preprocessing;
    ImageFiles shippedFiles = files;
    PartSink shippedSink = sink;
    return parts.map(
        part ->
            new PartPreparation(shippedPreprocessing, shippedFiles, shippedSink)
                .prepare(part.part(), part.refs(), () -> tried.add(1)));
  }

  /** A row group, which is read once for all images that are drawn from it. */
  private record GatherKey(String file, int rowGroup, int row) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private static final class GatherOrder implements Comparator<GatherKey>, Serializable {
    private static final long serialVersionUID = 1L;
    private static final Comparator<GatherKey> BY_FIELDS =
        Comparator.comparing(GatherKey::file)
            .thenComparing(GatherKey::rowGroup)
            .thenComparing(GatherKey::row);

    @Override
    public int compare(GatherKey a, GatherKey b) {
      return BY_FIELDS.compare(a, b);
    }
  }

  private static TaskOf<GatherKey> byRowGroup(int tasks) {
    return new TaskOf<>(
        tasks, (key, of) -> Math.floorMod(31 * key.file().hashCode() + key.rowGroup(), of));
  }

  private record Wanted(PartRow place, ImageRef image) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Reads each row group once, sends the images to their parts, and prepares these. */
  private JavaRDD<PartResult> gathered(
      JavaRDD<PlannedPart> parts, int tasks, LongAccumulator tried) {
    ImageFiles shippedFiles = files;
    Preprocessing shippedPreprocessing = preprocessing;
    PartSink shippedSink = sink;
    TableColumns shippedColumns = columns;
    return parts
        .flatMapToPair(part -> wanted(part).iterator())
        .repartitionAndSortWithinPartitions(byRowGroup(tasks), new GatherOrder())
        .values()
        .mapPartitionsToPair(
            wanted -> {
              RowGroupReader reader = new RowGroupReader(shippedFiles, shippedColumns);
              PartPreparation preparation =
                  new PartPreparation(shippedPreprocessing, shippedFiles, shippedSink);
              TaskCompletionListener end = context -> reader.close();
              TaskContext.get().addTaskCompletionListener(end);
              return Iterators.map(
                  wanted,
                  one -> new Tuple2<>(one.place(), attempted(one.image(), reader, preparation)));
            })
        .repartitionAndSortWithinPartitions(PartRow.byPart(tasks), new PartRow.Order())
        .mapPartitions(
            rows ->
                Iterators.map(
                    PartRow.grouped(rows),
                    group ->
                        prepare(
                            new PartPreparation(shippedPreprocessing, shippedFiles, shippedSink),
                            group,
                            tried)));
  }

  private static List<Tuple2<GatherKey, Wanted>> wanted(PlannedPart part) {
    List<Tuple2<GatherKey, Wanted>> wanted = new ArrayList<>();
    List<ImageRef> images = part.refs();
    for (int row = 0; row < images.size(); row++) {
      ImageRef image = images.get(row);
      GatherKey key =
          image.location() instanceof ParquetRow at
              ? new GatherKey(at.file(), at.rowGroup(), at.row())
              : new GatherKey("", part.part(), row);
      wanted.add(new Tuple2<>(key, new Wanted(new PartRow(part.part(), row), image)));
    }
    return wanted;
  }

  /** Pixels travel and not files, whose size is anybody's; empty where it is not in a table. */
  private static Tuple2<ImageRef, List<Attempt>> attempted(
      ImageRef image, RowGroupReader reader, PartPreparation preparation) {
    List<Attempt> attempt =
        image.location() instanceof ParquetRow row
            ? List.of(preparation.attempt(image, reader.read(row)))
            : List.of();
    return new Tuple2<>(image, attempt);
  }

  private static PartResult prepare(
      PartPreparation preparation,
      PartRow.Group<Tuple2<ImageRef, List<Attempt>>> group,
      LongAccumulator tried) {
    List<ImageRef> images = new ArrayList<>();
    Map<Integer, Attempt> attempted = new HashMap<>();
    for (Tuple2<ImageRef, List<Attempt>> gathered : group.values()) {
      gathered._2().forEach(attempt -> attempted.put(images.size(), attempt));
      images.add(gathered._1());
    }
    return preparation.prepare(group.part(), images, attempted, () -> tried.add(1));
  }
}
