package dev.thresher.jobs.stages;

import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetworkCodec;
import dev.thresher.evaluate.DeviceComparison;
import dev.thresher.evaluate.DeviceEvaluator;
import dev.thresher.evaluate.DeviceFigures;
import dev.thresher.export.ModelFormatException;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.tflite.Int8Network;
import dev.thresher.jobs.Context;
import dev.thresher.network.GraphCodec;
import dev.thresher.provenance.Origin;
import dev.thresher.sample.PreparedParts;
import dev.thresher.spark.DeviceParts;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Runs the exported network as a device runs it, beside the evaluation. */
final class DeviceStudy {
  private DeviceStudy() {}

  static DeviceFigures of(Context context, ImageSet set, PreparedParts parts) {
    int images = Math.min(context.settings().evaluate().deviceImages(), parts.manifest().images());
    return images == 0 || !hasInt8Form(context)
        ? DeviceComparison.NONE.figures()
        : compare(context, set, parts, images).figures();
  }

  /** A run that was not to be exported for devices is evaluated without them. */
  private static boolean hasInt8Form(Context context) {
    try {
      Int8Network.of(QuantizedModel.of(FinetuneStage.integers(context), Origins.of(context)));
      return true;
    } catch (ModelFormatException e) {
      context.progress().say("evaluate: no figures of a device. " + e.getMessage());
      return false;
    }
  }

  private static DeviceComparison compare(
      Context context, ImageSet set, PreparedParts parts, int images) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context.spark().sparkContext());
    Broadcast<byte[]> floats = spark.broadcast(GraphCodec.encode(FinetuneStage.teacher(context)));
    Broadcast<byte[]> integers =
        spark.broadcast(IntegerNetworkCodec.encode(FinetuneStage.integers(context)));
    Origin origin = Origins.of(context);
    String engine = context.engine();
    boolean labelled = set == ImageSet.VALIDATION && EvaluateStage.labelsAreKnown(context, parts);
    try (Counted done = new Counted(context, "device", images)) {
      return DeviceParts.run(
          spark,
          parts,
          images,
          set.evaluationImages(parts, labelled),
          () -> {
            IntegerNetwork network = IntegerNetworkCodec.decode(integers.value());
            return new DeviceEvaluator(
                Engines.select(engine),
                GraphCodec.decode(floats.value()),
                network,
                QuantizedModel.of(network, origin));
          },
          done.counter());
    } finally {
      floats.destroy();
      integers.destroy();
    }
  }
}
