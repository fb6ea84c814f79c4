package dev.thresher.spark;

import dev.thresher.sample.Census;
import dev.thresher.sample.DrawKey;
import dev.thresher.sample.DrawKey.Slot;
import dev.thresher.sample.DrawKeys;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageLabels;
import dev.thresher.sample.ImageRef;
import dev.thresher.sample.IndexCursor;
import dev.thresher.sample.IndexUnit;
import dev.thresher.sample.Indexed;
import dev.thresher.sample.Labels;
import dev.thresher.sample.PlannedPart;
import dev.thresher.sample.QuotaFilter;
import dev.thresher.sample.SampleContents;
import dev.thresher.sample.SampleException;
import dev.thresher.sample.SamplePlan;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.Selection;
import dev.thresher.sample.Source;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Draws a sample on a cluster: tasks look through the units of the sources; what they find is
 * sorted by class and seeded hash, counted, and taken by quota; what is taken is sorted into parts.
 *
 * <p>Members pass through tasks one at a time and between them through Spark's shuffle, which
 * spills. The driver holds units, counts and packed parts. The plan depends on the sources, the
 * fraction and the seed alone.
 */
public final class SampleDraw {
  /** Tasks of a sort for each core. */
  private static final int TASKS_PER_CORE = 4;

  private final JavaSparkContext spark;
  private final String name;
  private final ImageFiles files;
  private final Ask ask;

  /**
   * What is to be drawn.
   *
   * @param size how many of the images
   * @param partImages images of a part, at most
   * @param shards that train on the sample, each on parts of its own; 1 where none does
   * @param maxBadFraction share of the members that may be unusable, 0 to 1
   */
  public record Ask(
      SampleSize size, long seed, int partImages, int shards, double maxBadFraction) {}

  /** Draws with these; {@code name} is the job's in Spark's pages. */
  public SampleDraw(JavaSparkContext spark, String name, ImageFiles files, Ask ask) {
    this.spark = spark;
    this.name = name;
    this.files = files;
    this.ask = ask;
  }

  private record SourceUnit(IndexUnit unit, int source) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** An image in the order of the sample. */
  private record OrderKey(long hash, String id) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private static final class ByHash implements Comparator<OrderKey>, Serializable {
    private static final long serialVersionUID = 1L;
    private static final Comparator<OrderKey> BY_FIELDS =
        Comparator.comparing(OrderKey::hash, Long::compareUnsigned).thenComparing(OrderKey::id);

    @Override
    public int compare(OrderKey a, OrderKey b) {
      return BY_FIELDS.compare(a, b);
    }
  }

  /** All of a slot together. */
  private static TaskOf<DrawKey> bySlot(int tasks) {
    return new TaskOf<>(
        tasks,
        (key, of) -> Math.floorMod(31 * key.slot().stratum().hashCode() + key.slot().slice(), of));
  }

  /** Stretches of equal length of the unsigned hashes, ascending. */
  private static TaskOf<OrderKey> byStretch(int tasks) {
    return new TaskOf<>(tasks, (key, of) -> (int) (((key.hash() >>> 32) * of) >>> 32));
  }

  /**
   * Looks through the sources and draws. Where tables or shards repeat names, their images are
   * known by their places instead.
   *
   * @param labels the network's classes
   * @param imageLabels classes of images that lie in no folders of classes
   * @throws SampleException if sources are damaged, empty or contradict each other
   */
  public SamplePlan draw(List<Source> sources, Labels labels, ImageLabels imageLabels) {
    try {
      JavaPairRDD<DrawKey, Indexed> found = found(sources, labels, imageLabels);
      Census.Counts counts = count(found);
      List<Source> drawn = sources;
      List<Source> byPlace = sources.stream().map(Source::namedByPlace).toList();
      if (counts.conflict().isPresent() && !byPlace.equals(sources)) {
        drawn = byPlace;
        found = found(byPlace, labels, imageLabels);
        counts = count(found);
      }
      SampleContents.check(drawn, counts, ask.maxBadFraction());
      double fraction = ask.size().of(counts.distinct());
      Map<Slot, Integer> quotas = Selection.quotas(counts.slots(), fraction, ask.seed());
      Labels indices =
          labels.orSorted(
              counts.images().keySet().stream().filter(name -> !name.isEmpty()).toList());
      spark.setJobDescription(name + ": drawing the sample");
      List<PlannedPart> parts = parts(taken(found, indices, quotas));
      SampleContents contents = SampleContents.of(drawn, counts, quotas, indices != labels);
      return new SamplePlan(contents, ask.seed(), fraction, ask.partImages(), parts);
    } catch (Exception e) {
      throw Failures.ofTask(e, SampleException.class);
    } finally {
      spark.setJobDescription(null);
    }
  }

  private JavaPairRDD<DrawKey, Indexed> found(
      List<Source> sources, Labels labels, ImageLabels imageLabels) {
    JavaPairRDD<Integer, Indexed> indexed = indexed(sources, labels);
    ImageLabels bound = imageLabels;
    if (imageLabels.isInOrder()) {
      indexed.persist(StorageLevel.DISK_ONLY());
      spark.setJobDescription(name + ": sorting the names of images");
      bound = imageLabels.of(names(indexed));
    }
    spark.setJobDescription(name + ": looking for images");
    return sorted(indexed, bound);
  }

  private int tasks() {
    return Math.max(1, TASKS_PER_CORE * spark.defaultParallelism());
  }

  private JavaPairRDD<Integer, Indexed> indexed(List<Source> sources, Labels labels) {
    List<SourceUnit> units = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      for (IndexUnit unit : sources.get(i).units()) {
        units.add(new SourceUnit(unit, i));
      }
    }
    List<List<SourceUnit>> groups = Balanced.groups(units, u -> u.unit().bytes(), 4 * tasks());
    Broadcast<Labels> classes = spark.broadcast(labels);
    ImageFiles shipped = files;
    return spark
        .parallelize(groups, Math.max(1, groups.size()))
        .flatMap(List::iterator)
        .flatMapToPair(
            unit -> new UnitMembers(unit.unit().open(shipped, classes.value()), unit.source()));
  }

  /** Closes the unit after its last member. */
  private static final class UnitMembers implements Iterator<Tuple2<Integer, Indexed>> {
    private final IndexCursor members;
    private final int source;

    UnitMembers(IndexCursor members, int source) {
      this.members = members;
      this.source = source;
    }

    @Override
    public boolean hasNext() {
      boolean more = false;
      try {
        more = members.hasNext();
        return more;
      } finally {
        if (!more) {
          close();
        }
      }
    }

    private void close() {
      try {
        members.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Tuple2<Integer, Indexed> next() {
      return new Tuple2<>(source, members.next());
    }
  }

  private static List<String> names(JavaPairRDD<Integer, Indexed> indexed) {
    return new TreeSet<>(
            indexed
                .values()
                .filter(member -> member instanceof ImageRef)
                .map(member -> ((ImageRef) member).name())
                .collect())
        .stream().toList();
  }

  private JavaPairRDD<DrawKey, Indexed> sorted(
      JavaPairRDD<Integer, Indexed> indexed, ImageLabels imageLabels) {
    Broadcast<ImageLabels> labels = spark.broadcast(imageLabels);
    long seed = ask.seed();
    return indexed
        .mapPartitionsToPair(
            members -> {
              DrawKeys keys = new DrawKeys(seed);
              return Iterators.map(
                  members,
                  member -> {
                    Indexed classified =
                        member._2() instanceof ImageRef image
                            ? labels.value().classified(image)
                            : member._2();
                    return new Tuple2<>(keys.key(classified, member._1()), classified);
                  });
            })
        .repartitionAndSortWithinPartitions(bySlot(tasks()), new DrawKey.Order());
  }

  private static Census.Counts count(JavaPairRDD<DrawKey, Indexed> found) {
    Census all = new Census();
    found
        .mapPartitions(
            members -> {
              Census census = new Census();
              members.forEachRemaining(member -> census.add(member._1(), member._2()));
              return List.of(census).iterator();
            })
        .collect()
        .forEach(all::merge);
    return all.snapshot();
  }

  private JavaPairRDD<OrderKey, ImageRef> taken(
      JavaPairRDD<DrawKey, Indexed> found, Labels indices, Map<Slot, Integer> quotas) {
    Broadcast<Labels> labels = spark.broadcast(indices);
    Broadcast<Map<Slot, Integer>> shares = spark.broadcast(new HashMap<>(quotas));
    long seed = ask.seed();
    return found
        .mapPartitionsToPair(
            members -> {
              QuotaFilter filter = new QuotaFilter(labels.value(), shares.value());
              DrawKeys keys = new DrawKeys(seed);
              return Iterators.flatMap(
                  members,
                  member ->
                      filter
                          .take(member._1(), member._2())
                          .map(
                              image ->
                                  new Tuple2<>(
                                      new OrderKey(keys.order(image), image.id()), image)));
            })
        .repartitionAndSortWithinPartitions(byStretch(tasks()), new ByHash());
  }

  /** Image i of n goes to part i mod P. */
  private List<PlannedPart> parts(JavaPairRDD<OrderKey, ImageRef> taken) {
    List<Integer> sizes =
        taken
            .mapPartitions(
                images -> {
                  int count = 0;
                  for (; images.hasNext(); images.next()) {
                    count++;
                  }
                  return List.of(count).iterator();
                })
            .collect();
    List<Integer> begins = new ArrayList<>();
    int images = 0;
    for (int size : sizes) {
      begins.add(images);
      images += size;
    }
    int parts = SamplePlan.parts(images, ask.partImages(), ask.shards());
    JavaRDD<Tuple2<PartRow, ImageRef>> placed =
        taken
            .values()
            .mapPartitionsWithIndex(
                (task, refs) -> {
                  int[] next = {begins.get(task)};
                  return Iterators.map(
                      refs, image -> new Tuple2<>(PartRow.of(next[0]++, parts), image));
                },
                false);
    List<PlannedPart> planned =
        new ArrayList<>(
            JavaPairRDD.fromJavaRDD(placed)
                .repartitionAndSortWithinPartitions(
                    PartRow.byPart(Math.min(parts, tasks())), new PartRow.Order())
                .mapPartitions(
                    rows ->
                        Iterators.map(
                            PartRow.grouped(rows),
                            group -> PlannedPart.of(group.part(), group.values())))
                .collect());
    planned.sort(Comparator.comparing(PlannedPart::part));
    return planned;
  }
}
