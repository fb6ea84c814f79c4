package dev.thresher.network.keras;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import org.deeplearning4j.nn.modelimport.keras.Hdf5Archive;
import org.deeplearning4j.nn.modelimport.keras.exceptions.UnsupportedKerasConfigurationException;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The weights of the layers, wherever a file keeps them. */
interface KerasWeights {
  /** True where the file holds the weight for the layer. */
  boolean has(KerasLayer layer, String weight);

  /** A weight that the layer must have, with the number of dimensions it must have. */
  Tensor of(KerasLayer layer, String weight, int rank);

  /** Reads the data set at the end of a path, and checks that a network can use it. */
  static Tensor read(
      Hdf5Archive archive, KerasLayer layer, String weight, String[] path, int rank) {
    INDArray array;
    try {
      String[] groups = Arrays.copyOf(path, path.length - 1);
      array = archive.readDataSet(path[path.length - 1], groups);
    } catch (UnsupportedKerasConfigurationException e) {
      throw layer.refuse("its " + weight + " cannot be read: " + e.getMessage());
    }
    if (array.rank() != rank) {
      throw layer.refuse(
          "its %s has the shape %s; %d dimensions are needed."
              .formatted(weight, Arrays.toString(array.shape()), rank));
    }
    float[] values = array.dup('c').data().asFloat();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw layer.refuse(
            "its %s holds %s at position %d; every weight must be finite."
                .formatted(weight, values[i], i));
      }
    }
    return Tensor.of(values, Arrays.stream(array.shape()).mapToInt(Math::toIntExact).toArray());
  }
}
