package dev.thresher.jobs.stages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.image.Preprocessing;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.config.Settings;
import dev.thresher.provenance.Build;
import dev.thresher.provenance.Origin;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What decided the bytes of a run's model, gathered from what its stages committed. */
final class Origins {
  private Origins() {}

  static Origin of(Context context) {
    Settings settings = context.settings();
    JsonNode calibrated = context.committed("calibrate").facts();
    Preprocessing preprocessing = settings.model().preprocessing();
    return new Origin(
        Build.version(),
        calibrated.required("network").asText(),
        calibrated.required("model_sha256").asText(),
        ImageSet.TRAIN.open(context).manifest().imagesSha256(),
        context.configuration().modelHash(),
        new TreeMap<>(Map.of("run", settings.run().seed(), "sample", settings.sample().seed())),
        new TreeMap<>(
            Map.of(
                "resize", Integer.toString(preprocessing.resize()),
                "crop", Integer.toString(preprocessing.crop()),
                "interpolation", preprocessing.interpolation().name().toLowerCase(Locale.ROOT),
                "channels", preprocessing.channelOrder().name(),
                "mean", preprocessing.mean().toString(),
                "std", preprocessing.std().toString())));
  }
}
