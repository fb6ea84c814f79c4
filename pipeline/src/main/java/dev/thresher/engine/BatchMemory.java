package dev.thresher.engine;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How much memory the plans of a task take, known before any work is done. Plans keep some bytes of
 * every activation of every image of the batch; the rest does not depend on the batch:
 *
 * <pre>
 *   bytes(batch) = fixed + batch * perImage
 * </pre>
 */
public final class BatchMemory {
  /** Batches from which larger ones are extrapolated. */
  private static final int SMALL = 64;

  private static final int LARGE = 128;

  /** Most values of one tensor: arrays and buffers are addressed with 31 bits, and have slack. */
  private static final long LARGEST = Integer.MAX_VALUE - (1 << 16);

  private final String work;
  private final String option;
  private final Plans plans;
  private final long largestTensor;

  /** The plans that a task holds at a time. */
  @FunctionalInterface
  public interface Plans {
    /** Makes the plans of a batch, and closes them; gives the bytes that they held. */
    long bytes(int batch);
  }

  /**
   * Of some plans.
   *
   * @param work for messages, an infinitive
   * @param option of the configuration that gives the batch
   * @param graph that the plans compute
   */
  public BatchMemory(String work, String option, Graph graph, Plans plans) {
    this.work = work;
    this.option = option;
    this.plans = plans;
    this.largestTensor =
        graph.shapes().values().stream().mapToLong(shape -> shape.size()).max().orElseThrow();
  }

  /**
   * A network that is not calibrated yet, with biases that take up what rounding adds. Neither
   * ranges nor means change what a plan takes.
   *
   * @param graph folded
   */
  public static ThresholdedNetwork uncalibrated(Graph graph, QuantizationSpec spec) {
    Map<String, Range> ranges = new HashMap<>();
    ScaleLayout.quantizedTensors(graph).forEach(tensor -> ranges.put(tensor, new Range(-1, 1)));
    Map<String, float[]> means = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.linear()
          .ifPresent(
              layer -> means.put(node.name(), new float[layer.groups() * layer.filterSize()]));
    }
    return new ThresholdedNetwork(graph, spec, ranges, means);
  }

  /**
   * Bytes of the plans: of those that are made, up to batch {@value #LARGE}; extrapolated beyond,
   * to about an eighth.
   */
  public long bytes(int batch) {
    if (batch <= LARGE) {
      return plans.bytes(batch);
    }
    long small = plans.bytes(SMALL);
    long perImage = (plans.bytes(LARGE) - small) / (LARGE - SMALL);
    return small + perImage * (batch - SMALL);
  }

  /**
   * Refuses a batch that does not fit.
   *
   * @param tasks side by side in one JVM
   * @return bytes of the plans of one task
   * @throws EngineMemoryException naming a batch that fits, if one does
   */
  public long require(int batch, int tasks) {
    if (batch * largestTensor > LARGEST) {
      throw new EngineMemoryException(
          "Cannot %s with %s %d: a tensor of %d values an image would have %d, and at most %d can be addressed. Set %s to %d or less."
              .formatted(
                  work,
                  option,
                  batch,
                  largestTensor,
                  batch * largestTensor,
                  LARGEST,
                  option,
                  LARGEST / largestTensor));
    }
    OptionalLong bytes = fitting(batch, tasks);
    if (bytes.isPresent()) {
      return bytes.getAsLong();
    }
    int smaller = batch;
    while (smaller > 1 && fitting(smaller, tasks).isEmpty()) {
      smaller /= 2;
    }
    String advice =
        fitting(smaller, tasks).isPresent()
            ? "Set %s to %d or less".formatted(option, smaller)
            : "No batch is small enough";
    throw new EngineMemoryException(
        "Cannot %s with %s %d: plans of %d tasks take %s each, engine-memory allows %s for all. %s, let fewer tasks run in a process (spark.master, spark.executor.cores), or raise engine-memory."
            .formatted(
                work,
                option,
                batch,
                tasks,
                need(batch),
                EngineMemory.size(EngineMemory.limit()),
                advice));
  }

  private OptionalLong fitting(int batch, int tasks) {
    try {
      long need = bytes(batch);
      return need * tasks <= EngineMemory.limit() ? OptionalLong.of(need) : OptionalLong.empty();
    } catch (EngineMemoryException e) {
      return OptionalLong.empty();
    }
  }

  private String need(int batch) {
    try {
      return EngineMemory.size(bytes(batch));
    } catch (EngineMemoryException e) {
      return "more than engine-memory";
    }
  }
}
