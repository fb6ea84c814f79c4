package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The layers of a model, each after those it reads.
 *
 * @param input the input layer
 * @param shape extents of one image
 * @param layers all others
 * @param output name of the layer that gives the logits
 */
record KerasModelConfig(
    KerasLayer input, FeatureShape shape, List<KerasLayer> layers, String output) {
  private static final int RGB = 3;

  static KerasModelConfig of(String model, Map<String, Object> root, OptionalInt imageSize) {
    KerasLayerList.Flat flat = KerasLayerList.of(model, root);
    List<KerasLayer> layers = new ArrayList<>(flat.layers());
    List<KerasLayer> inputs = layers.stream().filter(l -> l.type().equals("InputLayer")).toList();
    if (inputs.size() != 1) {
      throw new NetworkFormatException(
          "Cannot import %s: it has %d inputs %s; one, the image, is needed."
              .formatted(model, inputs.size(), inputs.stream().map(KerasLayer::name).toList()));
    }
    KerasLayer input = inputs.get(0);
    layers.remove(input);
    return new KerasModelConfig(
        input, inputShape(input, imageSize), ordered(layers, input.name()), flat.output());
  }

  private static List<KerasLayer> ordered(List<KerasLayer> layers, String input) {
    Map<String, KerasLayer> sorted = new LinkedHashMap<>();
    List<KerasLayer> waiting = layers;
    while (!waiting.isEmpty()) {
      List<KerasLayer> later = new ArrayList<>();
      for (KerasLayer layer : waiting) {
        boolean ready =
            !layer.inputs().isEmpty()
                && layer.inputs().stream()
                    .allMatch(name -> name.equals(input) || sorted.containsKey(name));
        if (!ready) {
          later.add(layer);
        } else if (sorted.put(layer.name(), layer) != null) {
          throw layer.refuse("another layer has its name.");
        }
      }
      if (later.size() == waiting.size()) {
        KerasLayer stuck = later.get(0);
        throw stuck.refuse(
            "its inputs " + stuck.inputs() + " are not computed, or it is on a cycle.");
      }
      waiting = later;
    }
    return List.copyOf(sorted.values());
  }

  private static FeatureShape inputShape(KerasLayer input, OptionalInt imageSize) {
    Object keras2 = input.config().get("batch_input_shape");
    Object shape = keras2 == null ? input.config().get("batch_shape") : keras2;
    if (!(shape instanceof List<?> dims) || dims.size() != 4) {
      throw input.refuse("its shape " + shape + " must be [batch, height, width, channels].");
    }
    return new FeatureShape(
        dims.get(3) == null ? RGB : extent(input, dims.get(3)),
        side(input, dims.get(1), imageSize),
        side(input, dims.get(2), imageSize));
  }

  private static int extent(KerasLayer input, Object extent) {
    if (extent instanceof Integer n && n > 0 && n <= KerasLayer.LARGEST_EXTENT) {
      return n;
    }
    throw input.refuse(
        "its extent " + extent + " must be from 1 to " + KerasLayer.LARGEST_EXTENT + ".");
  }

  private static int side(KerasLayer input, Object extent, OptionalInt imageSize) {
    if (extent == null) {
      return imageSize.orElseThrow(
          () ->
              input.refuse(
                  "it leaves height or width open; say which image size the network is for."));
    }
    int side = extent(input, extent);
    if (imageSize.isPresent() && imageSize.getAsInt() != side) {
      throw input.refuse(
          "it is fixed at "
              + side
              + " rows or columns, the images have "
              + imageSize.getAsInt()
              + "; set the crop to "
              + side
              + ".");
    }
    return side;
  }
}
