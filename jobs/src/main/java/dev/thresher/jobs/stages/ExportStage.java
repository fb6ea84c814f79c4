package dev.thresher.jobs.stages;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.export.EncodingsWriter;
import dev.thresher.export.OnnxQdqWriter;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.QuantizedModelFiles;
import dev.thresher.export.QuantizedModelWriter;
import dev.thresher.export.tflite.TfLiteWriter;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.config.ExportFormat;
import dev.thresher.jobs.config.Settings;
import dev.thresher.network.Graph;
import dev.thresher.network.onnx.OnnxGraphWriter;
import dev.thresher.store.ObjectRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes the quantized network in the formats of {@code export.formats}. */
public final class ExportStage implements Stage {
  @Override
  public String name() {
    return "export";
  }

  @Override
  public List<String> needs() {
    return List.of("sample", "calibrate", "finetune");
  }

  @Override
  public void validate(Context context) {
    // Everything that it reads is written by the stages before it.
  }

  @Override
  public StageOutput run(Context context) {
    IntegerNetwork integers = FinetuneStage.integers(context);
    QuantizedModel model = QuantizedModel.of(integers, Origins.of(context));
    List<ObjectRecord> objects = new ArrayList<>();
    for (ExportFormat format : context.settings().export().formats()) {
      files(format, model, integers.floatGraph(), context.settings().export())
          .forEach((name, bytes) -> objects.add(context.store().write("model/" + name, bytes)));
    }
    return new StageOutput(objects, Map.of());
  }

  /** Bytes by name. */
  private static SortedMap<String, byte[]> files(
      ExportFormat format, QuantizedModel model, Graph graph, Settings.Export settings) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    switch (format) {
      case ONNX -> files.put("model.onnx", OnnxQdqWriter.write(model));
      case TFLITE ->
          files.put("model.tflite", TfLiteWriter.write(model, settings.tfliteInterface()));
      case JSON -> {
        QuantizedModelFiles both = QuantizedModelWriter.write(model);
        files.put(QuantizedModelFiles.JSON_NAME, both.json());
        files.put(QuantizedModelFiles.BLOB_NAME, both.blob());
      }
      case AIMET -> {
        files.put("aimet.encodings", EncodingsWriter.write(model));
        files.put(
            "aimet.onnx",
            OnnxGraphWriter.write(
                graph,
                model.origin().network(),
                model.origin().version(),
                model.origin().properties()));
      }
    }
    return files;
  }
}
