package dev.thresher.jobs.stages;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engines;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.MissingKey;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.StageRecord;
import dev.thresher.jobs.UsageException;
import dev.thresher.jobs.config.Settings;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.provenance.Hashes;
import dev.thresher.rescale.RescaleScope;
import dev.thresher.rescale.RescaledNetwork;
import dev.thresher.rescale.Rescaler;
import dev.thresher.rescale.RescalingReport;
import dev.thresher.sample.PreparedParts;
import dev.thresher.spark.CalibrateParts;
import dev.thresher.spark.CorrectBiases;
import dev.thresher.store.ObjectRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;

/** Folds the network, measures its ranges, balances its channels, and measures again. */
public final class CalibrateStage implements Stage {
  /** The folded float network: the teacher. */
  static final String FLOAT_KEY = "calibrate/float.graph";

  /** The network that is quantized, with a base threshold on every tensor. */
  static final String THRESHOLDED_KEY = "calibrate/thresholded.network";

  /** The graph of that network before its biases were corrected, where they were. */
  private static final String UNCORRECTED_KEY = "calibrate/uncorrected.graph";

  /** By tensor, what rescaling multiplied its channels by. */
  private static final String FACTORS_KEY = "calibrate/factors.json";

  private static final String RESCALE_KEY = "calibrate/rescale.json";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  @Override
  public String name() {
    return "calibrate";
  }

  @Override
  public List<String> needs() {
    return List.of("sample");
  }

  @Override
  public List<MissingKey> missing(Settings settings) {
    return settings.model().path().isEmpty()
        ? List.of(
            new MissingKey(
                "model.path", "the float network: a file of ONNX or of Keras", "model.onnx"))
        : List.of();
  }

  @Override
  public void validate(Context context) {
    try {
      Engines.select(context.engine());
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + " Set engine to auto");
    }
    FloatModel.folded(context);
    FloatModel.doubt(context).ifPresent(says -> context.progress().say("calibrate: " + says));
  }

  @Override
  public StageOutput run(Context context) {
    Settings settings = context.settings();
    FoldedNetwork folded = FloatModel.folded(context);
    CalibratedNetwork calibrated = calibrate(context, folded);
    RescaledNetwork rescaled =
        Rescaler.rescale(
            calibrated,
            settings.rescale().scope(),
            settings.rescale().iterations(),
            settings.rescale().clamps(),
            settings.quantize());
    if (settings.rescale().scope() != RescaleScope.NONE) {
      calibrated = calibrate(context, rescaled.folded());
    }
    ThresholdedNetwork thresholded =
        calibrated.threshold(settings.calibrate().range(), settings.quantize());
    List<ObjectRecord> objects = new ArrayList<>();
    // Channels were balanced as if biases took up every mean, of fitted clamps too.
    if (settings.calibrate().biasCorrection() || settings.rescale().scope() == RescaleScope.ALL) {
      byte[] before = GraphCodec.encode(thresholded.graph());
      objects.add(context.store().write(UNCORRECTED_KEY, before));
      thresholded = corrected(context, rescaled.origin(), thresholded);
    }
    objects.add(context.store().write(FLOAT_KEY, GraphCodec.encode(folded.graph())));
    objects.add(
        context.store().write(THRESHOLDED_KEY, ThresholdedNetworkCodec.encode(thresholded)));
    objects.add(
        context.store().write(FACTORS_KEY, json(new TreeMap<>(rescaled.origin().factors()))));
    objects.add(context.store().write(RESCALE_KEY, json(rescaled.report())));
    return new StageOutput(
        objects,
        Map.of(
            "network", folded.name(),
            "model_sha256", folded.sha256(),
            "calibration_images", calibrated.statistics().images(),
            "rescale_scope", rescaled.report().scope(),
            "locked_channels", rescaled.report().lockedChannels(),
            "fitted_channels", rescaled.report().fittedChannels(),
            "absorbed_channels", rescaled.report().absorbed().size(),
            "threshold_scales", thresholded.layout().size()));
  }

  private static CalibratedNetwork calibrate(Context context, FoldedNetwork folded) {
    PreparedParts parts = ImageSet.TRAIN.open(context);
    int images = Math.min(context.settings().calibrate().images(), parts.manifest().images());
    String of = Hashes.sha256(GraphCodec.encode(folded.graph()));
    CalibrationStatistics statistics =
        context.remembered(
            "statistics of %s on %d images".formatted(of, images),
            CalibrationStatistics.class,
            () -> observe(context, folded, parts, images));
    return new CalibratedNetwork(folded, statistics);
  }

  private static CalibrationStatistics observe(
      Context context, FoldedNetwork folded, PreparedParts parts, int images) {
    try (Counted done = new Counted(context, "calibrate", images)) {
      return new CalibrateParts(
              JavaSparkContext.fromSparkContext(context.spark().sparkContext()), context.engine())
          .observe(folded.graph(), parts, images, done.counter());
    }
  }

  private static ThresholdedNetwork corrected(
      Context context, FloatOrigin origin, ThresholdedNetwork network) {
    PreparedParts parts = ImageSet.TRAIN.open(context);
    int images = Math.min(context.settings().calibrate().images(), parts.manifest().images());
    try (Counted done = new Counted(context, "biases", images)) {
      return CorrectBiases.run(
          JavaSparkContext.fromSparkContext(context.spark().sparkContext()),
          context.engine(),
          origin,
          network,
          parts,
          images,
          done.counter());
    }
  }

  /** The graph of the network that is quantized, with the biases of the float network. */
  static Graph uncorrected(Context context) {
    StageRecord calibrated = context.committed("calibrate");
    boolean corrected =
        calibrated.objects().stream().anyMatch(object -> object.name().equals(UNCORRECTED_KEY));
    return corrected
        ? GraphCodec.decode(context.store().read(calibrated.object(UNCORRECTED_KEY)))
        : FinetuneStage.network(context).graph();
  }

  /** What rescaling did. */
  static RescalingReport rescaling(Context context) {
    ObjectRecord record = context.committed("calibrate").object(RESCALE_KEY);
    try {
      return JSON.readValue(context.store().read(record), RescalingReport.class);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + RESCALE_KEY + ": " + e.getMessage(), e);
    }
  }

  /** The folded float network as it was before rescaling, and the factors of its channels. */
  static FloatOrigin origin(Context context) {
    ObjectRecord record = context.committed("calibrate").object(FACTORS_KEY);
    try {
      Map<String, double[]> factors =
          JSON.readValue(
              context.store().read(record), new TypeReference<Map<String, double[]>>() {});
      return new FloatOrigin(FinetuneStage.teacher(context), factors);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + FACTORS_KEY + ": " + e.getMessage(), e);
    }
  }

  private static byte[] json(Object report) {
    try {
      return JSON.writeValueAsBytes(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write what rescaling did.", e);
    }
  }
}
