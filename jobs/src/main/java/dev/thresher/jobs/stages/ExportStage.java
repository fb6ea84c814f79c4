package dev.thresher.jobs.stages;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.export.OnnxQdqWriter;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.QuantizedModelFiles;
import dev.thresher.export.QuantizedModelWriter;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.store.ObjectRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes the quantized network: documented JSON and binary, and ONNX. */
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
    IntegerNetwork network =
        IntegerNetwork.of(FinetuneStage.network(context), FinetuneStage.scales(context));
    QuantizedModel model = QuantizedModel.of(network, Origins.of(context));
    QuantizedModelFiles files = QuantizedModelWriter.write(model);
    List<ObjectRecord> objects = new ArrayList<>();
    objects.add(context.store().write("model/" + QuantizedModelFiles.JSON_NAME, files.json()));
    objects.add(context.store().write("model/" + QuantizedModelFiles.BLOB_NAME, files.blob()));
    objects.add(context.store().write("model/model.onnx", OnnxQdqWriter.write(model)));
    return new StageOutput(objects, Map.of());
  }
}
