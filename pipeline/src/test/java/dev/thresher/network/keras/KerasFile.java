package dev.thresher.network.keras;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.hdf5.Attribute;
import org.bytedeco.hdf5.DataSet;
import org.bytedeco.hdf5.DataSpace;
import org.bytedeco.hdf5.Group;
import org.bytedeco.hdf5.H5File;
import org.bytedeco.hdf5.PredType;
import org.bytedeco.hdf5.StrType;
import org.bytedeco.hdf5.global.hdf5;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;

/** Writes small HDF5 files laid out as Keras 2 does. */
public final class KerasFile {
  static {
    Loader.load(hdf5.class);
  }

  private final Path path;
  private final H5File file;
  private final Group root;

  public KerasFile(Path path) {
    this.path = path;
    this.file = new H5File(path.toString(), hdf5.H5F_ACC_TRUNC);
    this.root = file.createGroup("model_weights");
  }

  /** {@code model_weights/<layer>/<layer>/<weight>:0}. */
  public KerasFile weights(String layer, String weight, float[] values, long... dims) {
    Group outer = root.nameExists(layer) ? root.openGroup(layer) : root.createGroup(layer);
    Group inner = outer.nameExists(layer) ? outer.openGroup(layer) : outer.createGroup(layer);
    DataSet data =
        inner.createDataSet(weight + ":0", PredType.IEEE_F32LE(), new DataSpace(dims.length, dims));
    try (FloatPointer pointer = new FloatPointer(values)) {
      data.write(pointer, PredType.NATIVE_FLOAT());
    }
    data._close();
    inner._close();
    outer._close();
    return this;
  }

  /** The bytes of the file with its configuration. */
  public byte[] bytes(String json) throws IOException {
    byte[] text = Arrays.copyOf(json.getBytes(StandardCharsets.UTF_8), json.length() + 1);
    StrType type = new StrType(PredType.C_S1(), text.length);
    Attribute attribute =
        file.createAttribute("model_config", type, new DataSpace(hdf5.H5S_SCALAR));
    try (BytePointer pointer = new BytePointer(text)) {
      attribute.write(type, pointer);
    }
    attribute._close();
    root._close();
    file._close();
    return Files.readAllBytes(path);
  }
}
