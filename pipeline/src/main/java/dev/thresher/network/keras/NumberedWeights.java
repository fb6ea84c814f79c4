package dev.thresher.network.keras;

import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.modelimport.keras.Hdf5Archive;

/**
 * The weights of a {@code .keras} archive: {@code <group of the layer>/vars/0}, {@code 1} and so
 * on, in the order in which the layer's class makes them. The file names none of them.
 */
final class NumberedWeights implements KerasWeights {
  private final Hdf5Archive archive;

  NumberedWeights(Hdf5Archive archive) {
    this.archive = archive;
  }

  @Override
  public boolean has(KerasLayer layer, String weight) {
    return order(layer).contains(weight);
  }

  @Override
  public Tensor of(KerasLayer layer, String weight, int rank) {
    List<String> order = order(layer);
    String[] group = (layer.place().stored() + "/vars").split("/");
    Set<String> held = isThere(group) ? new HashSet<>(archive.getDataSets(group)) : Set.of();
    int index = order.indexOf(weight);
    if (index < 0 || held.size() != order.size()) {
      throw layer.refuse(
          "the archive holds %d weights for it in %s, and a layer of its settings has %s; save the model anew with model.save."
              .formatted(held.size(), String.join("/", group), order));
    }
    String[] path = Arrays.copyOf(group, group.length + 1);
    path[group.length] = Integer.toString(index);
    return KerasWeights.read(archive, layer, weight, path, rank);
  }

  private boolean isThere(String[] group) {
    List<String> above = new ArrayList<>();
    for (String name : group) {
      if (!archive.getGroups(above.toArray(String[]::new)).contains(name)) {
        return false;
      }
      above.add(name);
    }
    return true;
  }

  private static List<String> order(KerasLayer layer) {
    List<String> order = new ArrayList<>();
    switch (layer.type()) {
      case "Conv2D", "DepthwiseConv2D", "Dense" -> order.add("kernel");
      case "SeparableConv2D" -> order.addAll(List.of("depthwise_kernel", "pointwise_kernel"));
      case "BatchNormalization" -> {
        if (layer.isNotFalse("scale")) {
          order.add("gamma");
        }
        if (layer.isNotFalse("center")) {
          order.add("beta");
        }
        order.addAll(List.of("moving_mean", "moving_variance"));
        return order;
      }
      case "Normalization" -> {
        return List.of("mean", "variance", "count");
      }
      default -> {
        return order;
      }
    }
    if (layer.isNotFalse("use_bias")) {
      order.add("bias");
    }
    return order;
  }
}
