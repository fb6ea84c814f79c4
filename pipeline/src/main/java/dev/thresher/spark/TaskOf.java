package dev.thresher.spark;

import java.io.Serializable;
import org.apache.spark.Partitioner;

/**
 * Sends each key to the task that a rule names.
 *
 * @param <K> the keys
 */
final class TaskOf<K> extends Partitioner {
  private static final long serialVersionUID = 1L;
  private final int tasks;
  private final Rule<K> rule;

  /** Names a task, 0 to tasks - 1, by the key alone. */
  @FunctionalInterface
  interface Rule<K> extends Serializable {
    int task(K key, int tasks);
  }

  TaskOf(int tasks, Rule<K> rule) {
    this.tasks = tasks;
    this.rule = rule;
  }

  @Override
  public int numPartitions() {
    return tasks;
  }

  @Override
  @SuppressWarnings("unchecked")
  public int getPartition(Object key) {
    return rule.task((K) key, tasks);
  }
}
