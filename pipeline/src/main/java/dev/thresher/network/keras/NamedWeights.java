package dev.thresher.network.keras;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.modelimport.keras.Hdf5Archive;

/**
 * The weights of a model that is one HDF5 file, by the names of layers: {@code
 * <root>/<layer>/.../<weight>:0}, and for a layer of an inner network {@code
 * <root>/<network>/.../<layer>/.../<weight>:0}.
 */
final class NamedWeights implements KerasWeights {
  private static final int DEEPEST = 16;

  private final Hdf5Archive archive;
  private final String[] root;

  NamedWeights(Hdf5Archive archive) {
    this.archive = archive;
    this.root =
        archive.getGroups().contains("model_weights")
            ? new String[] {"model_weights"}
            : new String[0];
  }

  @Override
  public boolean has(KerasLayer layer, String weight) {
    return path(layer, weight).isPresent();
  }

  @Override
  public Tensor of(KerasLayer layer, String weight, int rank) {
    String[] path =
        path(layer, weight)
            .orElseThrow(
                () ->
                    layer.refuse(
                        "the file holds no " + weight + " for it; save the model with weights."));
    return KerasWeights.read(archive, layer, weight, path, rank);
  }

  private Optional<String[]> path(KerasLayer layer, String weight) {
    Optional<String[]> group = Optional.of(root);
    for (String network : layer.place().networks()) {
      group = group.flatMap(at -> group(at, network, DEEPEST));
    }
    return group
        .flatMap(
            at -> group(at, layer.place().own(), layer.place().networks().isEmpty() ? 0 : DEEPEST))
        .flatMap(at -> dataSet(at, weight, DEEPEST));
  }

  /** The path of a group of this name; inner networks may stand some groups below. */
  private Optional<String[]> group(String[] above, String name, int depth) {
    List<String> groups = archive.getGroups(above);
    if (groups.contains(name)) {
      return Optional.of(append(above, name));
    }
    return depth == 0
        ? Optional.empty()
        : groups.stream()
            .map(inner -> group(append(above, inner), name, depth - 1))
            .flatMap(Optional::stream)
            .findFirst();
  }

  /** The path of a data set below a group; Keras nests groups by the name scopes of a layer. */
  private Optional<String[]> dataSet(String[] group, String weight, int depth) {
    for (String dataSet : archive.getDataSets(group)) {
      if (dataSet.equals(weight) || dataSet.equals(weight + ":0")) {
        return Optional.of(append(group, dataSet));
      }
    }
    List<String> inner = depth == 0 ? List.of() : archive.getGroups(group);
    return inner.stream()
        .map(name -> dataSet(append(group, name), weight, depth - 1))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static String[] append(String[] path, String name) {
    String[] longer = Arrays.copyOf(path, path.length + 1);
    longer[path.length] = name;
    return longer;
  }
}
