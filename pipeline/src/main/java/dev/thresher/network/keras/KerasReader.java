package dev.thresher.network.keras;

import dev.thresher.network.Graph;
import dev.thresher.network.GraphBuilder;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.keras.KerasLayers.Output;
import dev.thresher.network.keras.KerasLayers.Probabilities;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.deeplearning4j.nn.modelimport.keras.Hdf5Archive;
import org.deeplearning4j.nn.modelimport.keras.exceptions.UnsupportedKerasConfigurationException;
import org.deeplearning4j.nn.modelimport.keras.utils.KerasModelUtils;

/**
 * Reads a classification network that Keras 2 or 3 saved, as {@code .keras} or as HDF5, sequential
 * or functional.
 *
 * <p>The same bytes give the same graph; nodes carry the names of the layers.
 */
final class KerasReader {
  private KerasReader() {}

  /**
   * Reads a model.
   *
   * @param bytes of the file
   * @param model name of the file, for messages
   * @param imageSize height and width where the file leaves them open; where it fixes them they
   *     must agree
   * @throws NetworkFormatException naming the layer that cannot be used, and why
   */
  static Graph read(byte[] bytes, String model, OptionalInt imageSize) {
    // HDF5 opens files by name only.
    try {
      Path copy = Files.createTempFile("thresher", ".h5");
      try {
        if (KerasArchive.isZip(bytes)) {
          KerasArchive archive = KerasArchive.of(bytes, model);
          Files.write(copy, archive.weights());
          String json = new String(archive.configuration(), StandardCharsets.UTF_8);
          return read(copy, model, imageSize, Optional.of(json));
        }
        Files.write(copy, bytes);
        return read(copy, model, imageSize, Optional.empty());
      } finally {
        Files.deleteIfExists(copy);
      }
    } catch (IOException e) {
      throw new NetworkFormatException(
          "Cannot import " + model + ": its content cannot be read: " + e.getMessage(), e);
    }
  }

  private static Graph read(
      Path file, String model, OptionalInt imageSize, Optional<String> configuration)
      throws IOException {
    // What goes wrong is in the exception; the library would print it on stderr as well.
    org.bytedeco.hdf5.Exception.dontPrint();
    OwnContents.require(file, model);
    try (Hdf5Archive archive = new Hdf5Archive(file.toString())) {
      if (configuration.isPresent()) {
        Map<String, Object> root = KerasModelUtils.parseJsonString(configuration.get());
        KerasModelConfig config = KerasModelConfig.of(model, root, imageSize);
        return graph(config, new NumberedWeights(archive), model);
      }
      if (!archive.hasAttribute("model_config")) {
        throw refuse(
            model,
            "it holds no model_config, so weights only; save the whole model with model.save.");
      }
      Map<String, Object> root =
          KerasModelUtils.parseJsonString(archive.readAttributeAsJson("model_config"));
      return graph(KerasModelConfig.of(model, root, imageSize), new NamedWeights(archive), model);
    } catch (NetworkFormatException e) {
      throw e;
    } catch (UnsupportedKerasConfigurationException | RuntimeException e) {
      throw new NetworkFormatException(
          "Cannot import "
              + model
              + ": the HDF5 file cannot be read ("
              + e.getMessage()
              + "); check that it was copied whole.",
          e);
    }
  }

  private static NetworkFormatException refuse(String model, String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason);
  }

  private static Graph graph(KerasModelConfig config, KerasWeights weights, String model) {
    String input = config.input().name();
    GraphBuilder builder = new GraphBuilder(input, config.shape());
    KerasLayers translator = new KerasLayers(builder, weights);
    Map<String, Output> outputs = new HashMap<>();
    outputs.put(input, KerasLayers.map(input));
    for (KerasLayer layer : config.layers()) {
      try {
        List<Output> inputs = layer.inputs().stream().map(outputs::get).toList();
        outputs.put(layer.name(), translator.apply(layer, inputs));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw layer.refuse(e.getMessage());
      }
    }
    return finish(builder, model, config.output(), outputs.get(config.output()));
  }

  private static Graph finish(GraphBuilder builder, String model, String last, Output output) {
    boolean whole =
        output instanceof Probabilities
            || (output instanceof KerasLayers.Map map && map.border().isNone());
    if (!whole || builder.shape(output.tensor()).positions() != 1) {
      throw refuse(
          model,
          "its output " + last + " must be the one vector of logits that a classifier gives.");
    }
    try {
      return builder.build(output.tensor());
    } catch (IllegalArgumentException e) {
      throw new NetworkFormatException("Cannot import " + model + ": " + e.getMessage(), e);
    }
  }
}
