package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The layers of a model in one list: a network that is a layer of another one is taken apart, as
 * transfer learning makes them. Its layers are called OUTER/INNER.
 */
final class KerasLayerList {
  /** Networks in networks in networks; nobody nests more. */
  private static final int DEEPEST = 8;

  private final String model;
  private final List<KerasLayer> layers = new ArrayList<>();

  /** What stands for the input of an inner network, and for its result. */
  private final Map<String, String> aliases = new HashMap<>();

  private KerasLayerList(String model) {
    this.model = model;
  }

  /**
   * What a model consists of.
   *
   * @param layers all but networks, each with inputs that are layers of the list
   * @param output name of the layer whose result is the model's
   */
  record Flat(List<KerasLayer> layers, String output) {}

  /**
   * Takes a model apart.
   *
   * @throws NetworkFormatException naming what cannot be used
   */
  static Flat of(String model, Map<?, ?> root) {
    KerasLayerList list = new KerasLayerList(model);
    String output = list.add(root, List.of(), "", Optional.empty());
    return new Flat(
        list.layers.stream().map(layer -> layer.reading(list::resolved)).toList(),
        list.resolved(output));
  }

  private static boolean isNetwork(Object type) {
    return "Functional".equals(type) || "Model".equals(type) || "Sequential".equals(type);
  }

  /** Adds a network's layers and returns the name of its output. */
  private String add(
      Map<?, ?> network, List<String> around, String stored, Optional<String> source) {
    Object kind = network.get("class_name");
    if (!isNetwork(kind)) {
      throw refuse("it is a " + kind + "; Sequential and Functional are supported.");
    }
    if (around.size() > DEEPEST) {
      throw refuse("its networks are nested more than " + DEEPEST + " deep.");
    }
    boolean sequential = kind.equals("Sequential");
    Object config = network.get("config");
    Object entries = config instanceof Map<?, ?> map ? map.get("layers") : config;
    List<?> list = entries instanceof List<?> given ? given : List.of();
    Map<String, Integer> counts = new HashMap<>();
    Optional<String> previous = Optional.empty();
    for (Object entry : list) {
      if (sequential && previous.isEmpty() && !"InputLayer".equals(map(entry).get("class_name"))) {
        // Older files write the input's shape into the first layer.
        KerasPlace place = new KerasPlace(around, "input", "");
        put(
            new KerasLayer(
                model, place, "InputLayer", map(map(entry).get("config")), KerasCall.NONE),
            source);
        previous = Optional.of("input");
      }
      KerasLayer layer = parse(map(entry), around, stored, counts, sequential, previous);
      if (isNetwork(layer.type())) {
        within(map(entry), layer, around);
      } else {
        put(layer, source);
      }
      previous = Optional.of(layer.place().own());
    }
    if (sequential) {
      return KerasPlace.name(around, previous.orElseThrow(() -> refuse("it has no layers.")));
    }
    return KerasPlace.name(around, outputLayer(config));
  }

  private void within(Map<?, ?> entry, KerasLayer layer, List<String> around) {
    if (layer.inputs().size() != 1) {
      throw layer.refuse("it reads " + layer.inputs().size() + " layers; a network reads one.");
    }
    List<String> inside = new ArrayList<>(around);
    inside.add(layer.place().own());
    String output =
        add(entry, inside, layer.place().stored() + "/", Optional.of(layer.inputs().get(0)));
    alias(layer.name(), output);
  }

  private void put(KerasLayer layer, Optional<String> source) {
    if (source.isPresent() && layer.type().equals("InputLayer")) {
      alias(layer.name(), source.get());
    } else {
      layers.add(layer);
    }
  }

  private void alias(String name, String stands) {
    if (aliases.put(name, stands) != null) {
      throw refuse("two of its layers are called " + name + ".");
    }
  }

  private String resolved(String name) {
    String found = name;
    for (int i = 0; aliases.containsKey(found); i++) {
      if (i > aliases.size()) {
        throw refuse("its networks read each other in a circle, as " + name + " does.");
      }
      found = aliases.get(found);
    }
    return found;
  }

  private KerasLayer parse(
      Map<?, ?> entry,
      List<String> around,
      String stored,
      Map<String, Integer> counts,
      boolean sequential,
      Optional<String> previous) {
    Map<?, ?> config = map(entry.get("config"));
    String type = String.valueOf(entry.get("class_name"));
    Object name = config.get("name") != null ? config.get("name") : entry.get("name");
    String group = isOperation(entry) ? "" : stored + "layers/" + counted(type, counts);
    KerasPlace place = new KerasPlace(around, String.valueOf(name), group);
    KerasLayer bare = new KerasLayer(model, place, type, config, KerasCall.NONE);
    try {
      KerasCall call =
          sequential
              ? KerasCall.of(previous.stream().toList())
              : KerasCall.parse(entry.get("inbound_nodes"));
      return new KerasLayer(
          model, place, type, config, call.reading(input -> KerasPlace.name(around, input)));
    } catch (IllegalArgumentException e) {
      throw bare.refuse(e.getMessage());
    }
  }

  /** What {@code keras.ops} computes is in the network and keeps no weights. */
  private static boolean isOperation(Map<?, ?> entry) {
    return String.valueOf(entry.get("module")).contains(".ops");
  }

  /** Keras 3 calls a layer's group by its class in snake case, numbered from the second on. */
  private static String counted(String type, Map<String, Integer> counts) {
    String snake =
        type.replaceAll("\\W+", "")
            .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
            .replaceAll("([a-z])([A-Z])", "$1_$2")
            .toLowerCase(Locale.ROOT);
    int before = counts.merge(snake, 1, Integer::sum) - 1;
    return before == 0 ? snake : snake + "_" + before;
  }

  private String outputLayer(Object config) {
    Object outputs = map(config).get("output_layers");
    // Keras 3 writes the reference of an only output without a list around it.
    if (outputs instanceof List<?> list
        && list.size() == 3
        && list.get(0) instanceof String layer) {
      return layer;
    }
    if (outputs instanceof List<?> list
        && list.size() == 1
        && list.get(0) instanceof List<?> reference
        && !reference.isEmpty()) {
      return String.valueOf(reference.get(0));
    }
    throw refuse("its outputs are " + outputs + "; one, the logits, is needed.");
  }

  private static Map<?, ?> map(Object entry) {
    return entry instanceof Map<?, ?> map ? map : Map.of();
  }

  private NetworkFormatException refuse(String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason);
  }
}
