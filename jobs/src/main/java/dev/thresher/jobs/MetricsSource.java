package dev.thresher.jobs;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import org.apache.spark.metrics.source.Source;

/**
 * The metrics in Spark's own system, from which any sink takes them: {@code
 * <namespace>.driver.thresher.<metric>}.
 */
final class MetricsSource implements Source {
  private final MetricRegistry registry = new MetricRegistry();

  MetricsSource(RunState state) {
    for (Metric metric : Metric.ALL) {
      Gauge<Double> gauge = () -> metric.value(state.snapshot());
      registry.register(metric.id(), gauge);
    }
  }

  @Override
  public String sourceName() {
    return "thresher";
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
