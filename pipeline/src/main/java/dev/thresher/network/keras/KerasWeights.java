package dev.thresher.network.keras;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.modelimport.keras.Hdf5Archive;
import org.deeplearning4j.nn.modelimport.keras.exceptions.UnsupportedKerasConfigurationException;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The weights of the layers, as the file keeps them: {@code <root>/<layer>/.../<weight>:0}. */
final class KerasWeights {
  private static final int DEEPEST = 16;

  private final Hdf5Archive archive;
  private final String[] root;
  private final List<String> layers;

  KerasWeights(Hdf5Archive archive) {
    this.archive = archive;
    this.root =
        archive.getGroups().contains("model_weights")
            ? new String[] {"model_weights"}
            : new String[0];
    this.layers = archive.getGroups(root);
  }

  /** True where the file holds the weight for the layer. */
  boolean has(KerasLayer layer, String weight) {
    return path(layer, weight).isPresent();
  }

  private Optional<String[]> path(KerasLayer layer, String weight) {
    return layers.contains(layer.name())
        ? find(append(root, layer.name()), weight, DEEPEST)
        : Optional.empty();
  }

  /** A weight that the layer must have, with the number of dimensions it must have. */
  Tensor of(KerasLayer layer, String weight, int rank) {
    Optional<String[]> found = path(layer, weight);
    if (found.isEmpty()) {
      throw layer.refuse("the file holds no " + weight + " for it; save the model with weights.");
    }
    INDArray array = read(layer, weight, found.get());
    if (array.rank() != rank) {
      throw layer.refuse(
          "its "
              + weight
              + " has the shape "
              + Arrays.toString(array.shape())
              + "; "
              + rank
              + " dimensions are needed.");
    }
    float[] values = array.dup('c').data().asFloat();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw layer.refuse(
            "its "
                + weight
                + " holds "
                + values[i]
                + " at position "
                + i
                + "; every weight must be finite.");
      }
    }
    int[] shape = Arrays.stream(array.shape()).mapToInt(Math::toIntExact).toArray();
    return Tensor.of(values, shape);
  }

  private INDArray read(KerasLayer layer, String weight, String[] path) {
    String name = path[path.length - 1];
    try {
      return archive.readDataSet(name, Arrays.copyOf(path, path.length - 1));
    } catch (UnsupportedKerasConfigurationException e) {
      throw layer.refuse("its " + weight + " cannot be read: " + e.getMessage());
    }
  }

  /** The path of a data set below a group; Keras nests groups by the name scopes of a layer. */
  private Optional<String[]> find(String[] group, String weight, int depth) {
    for (String dataSet : archive.getDataSets(group)) {
      if (dataSet.equals(weight) || dataSet.equals(weight + ":0")) {
        return Optional.of(append(group, dataSet));
      }
    }
    List<String> inner = depth == 0 ? List.of() : archive.getGroups(group);
    return inner.stream()
        .map(name -> find(append(group, name), weight, depth - 1))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static String[] append(String[] path, String name) {
    String[] longer = Arrays.copyOf(path, path.length + 1);
    longer[path.length] = name;
    return longer;
  }
}
