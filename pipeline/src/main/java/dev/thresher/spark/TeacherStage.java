package dev.thresher.spark;

import dev.thresher.engine.FloatPass;
import dev.thresher.finetune.EngineSource;
import dev.thresher.finetune.PartPixels;
import dev.thresher.finetune.PixelNormalizer;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.provenance.Hashes;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * Computes the float network's logits of every image once: one Spark task for a few parts, one
 * object {@code teacher/part-<p>.logits} a part, one record that names them all. A later run of the
 * same run id finds the record and computes nothing. Batches never cross parts, so the logits do
 * not depend on how parts are spread over tasks.
 */
public final class TeacherStage {
  /** Images that the float network takes at a time. */
  private static final int BATCH = 16;

  /** Tasks for each core: evens out the load without making a pass for every part. */
  private static final int TASKS_PER_CORE = 3;

  private TeacherStage() {}

  /** What every task needs. */
  private record Work(
      PartPixels pixels,
      PixelNormalizer normalizer,
      EngineSource engine,
      RunStore store,
      int imageSize,
      int classes)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    ArrayList<ObjectRecord> run(Iterator<Integer> parts, byte[] network, LongAccumulator seen) {
      ArrayList<ObjectRecord> records = new ArrayList<>();
      try (FloatPass pass = engine.open().floatPass(GraphCodec.decode(network), BATCH)) {
        while (parts.hasNext()) {
          int part = parts.next();
          List<byte[]> images = pixels.load(part);
          List<float[]> logits =
              TeacherLogits.compute(pass, BATCH, images, normalizer, imageSize, classes);
          records.add(
              store.write(
                  "teacher/part-%05d.logits".formatted(part),
                  TeacherLogits.encode(logits, classes)));
          seen.add(images.size());
        }
      }
      return records;
    }
  }

  /**
   * The training data of a run, with logits computed now or found.
   *
   * @param graph the float network, folded and rescaled
   * @param images counts images as tasks end, for progress only
   */
  public static DistillationData run(
      JavaSparkContext context,
      Graph graph,
      PartPixels pixels,
      PixelNormalizer normalizer,
      EngineSource engine,
      RunStore store,
      LongAccumulator images) {
    byte[] network = GraphCodec.encode(graph);
    TeacherManifest wanted =
        new TeacherManifest(
            TeacherManifest.FORMAT,
            Hashes.sha256(network),
            pixels.id(),
            engine.open().name(),
            graph.classes(),
            List.of());
    Optional<byte[]> known = store.record(TeacherManifest.KEY);
    if (known.isPresent()) {
      TeacherManifest manifest = TeacherManifest.parse(known.get());
      manifest.requireSame(wanted);
      return new DistillationData(pixels, store, manifest);
    }
    Work work =
        new Work(pixels, normalizer, engine, store, graph.inputShape().size(), graph.classes());
    TeacherManifest manifest =
        new TeacherManifest(
            wanted.format(),
            wanted.network(),
            wanted.sample(),
            wanted.engine(),
            wanted.classes(),
            compute(context, network, work, images));
    return new DistillationData(pixels, store, committed(store, manifest));
  }

  /** Ours, or that of the driver before this one, which was about to commit the same. */
  private static TeacherManifest committed(RunStore store, TeacherManifest manifest) {
    try {
      store.commit(TeacherManifest.KEY, manifest.content());
      return manifest;
    } catch (AlreadyCommittedException e) {
      TeacherManifest other =
          TeacherManifest.parse(store.record(TeacherManifest.KEY).orElseThrow(() -> e));
      other.requireSame(manifest);
      return other;
    }
  }

  private static List<ObjectRecord> compute(
      JavaSparkContext context, byte[] network, Work work, LongAccumulator images) {
    int parts = work.pixels().parts();
    List<Integer> each = IntStream.range(0, parts).boxed().toList();
    int tasks = Math.min(parts, context.defaultParallelism() * TASKS_PER_CORE);
    Broadcast<byte[]> broadcast = context.broadcast(network);
    String name = "finetune: teacher logits of " + parts + " parts";
    context.setJobDescription(name);
    context.setCallSite(name);
    try {
      return context
          .parallelize(each, tasks)
          .mapPartitions(part -> work.run(part, broadcast.value(), images).iterator())
          .collect();
    } finally {
      context.clearCallSite();
      context.setJobDescription(null);
      broadcast.destroy();
    }
  }
}
