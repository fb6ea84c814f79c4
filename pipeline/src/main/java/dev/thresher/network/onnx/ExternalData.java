package dev.thresher.network.onnx;

import dev.thresher.network.ModelFolder;
import dev.thresher.network.NetworkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import onnx.Onnx.StringStringEntryProto;

/**
 * The files beside a model that hold its weights, as exporters write them by default.
 *
 * <p>Only plain names of the model's own folder are read, each file once and whole. Methods throw
 * IllegalArgumentException with the reason. Not thread-safe.
 */
public final class ExternalData {
  private static final int LONGEST_NAME = 255;

  private final ModelFolder folder;
  private final Allowance allowance = new Allowance();
  private final SortedMap<String, byte[]> files = new TreeMap<>();
  private int total;

  /** Nothing is read before a tensor asks for it. */
  public ExternalData(ModelFolder folder) {
    this.folder = folder;
  }

  Allowance allowance() {
    return allowance;
  }

  /** The files that were read, by their names. */
  public SortedMap<String, byte[]> files() {
    return Collections.unmodifiableSortedMap(files);
  }

  /** The bytes that a tensor's entries location, offset and length name. */
  ByteBuffer bytes(List<StringStringEntryProto> entries) {
    Map<String, String> values = new HashMap<>();
    entries.forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    String name = values.getOrDefault("location", "");
    if (!isPlain(name)) {
      throw new IllegalArgumentException(
          "its values are kept in another file ("
              + name
              + "), which is no plain name of a file beside the model; save the model as one file,"
              + " for example with onnx.save_model(..., save_as_external_data=False).");
    }
    byte[] file = files.get(name);
    if (file == null) {
      file = open(name);
      if (file.length > NetworkReader.LARGEST - total) {
        throw new IllegalArgumentException(
            "the files beside the model have more than " + NetworkReader.LARGEST + " bytes.");
      }
      total += file.length;
      allowance.grow(file.length);
      files.put(name, file);
    }
    long offset = number(values, "offset", 0);
    long length = number(values, "length", file.length - offset);
    if (offset < 0 || length < 0 || offset > file.length || length > file.length - offset) {
      throw new IllegalArgumentException(
          "its values are "
              + length
              + " bytes from byte "
              + offset
              + " of "
              + name
              + ", which has "
              + file.length
              + " bytes; copy the file again, both files from one export.");
    }
    return ByteBuffer.wrap(file, (int) offset, (int) length).slice();
  }

  private byte[] open(String name) {
    try {
      return folder.read(name);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "its values are kept in the file "
              + name
              + ", which cannot be read: "
              + e.getMessage()
              + "; copy "
              + name
              + " into the folder of the model, or save the model as one file with"
              + " torch.onnx.export(..., external_data=False).",
          e);
    }
  }

  private static boolean isPlain(String name) {
    return !name.isBlank()
        && name.length() <= LONGEST_NAME
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  private static long number(Map<String, String> values, String key, long otherwise) {
    String text = values.get(key);
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "its " + key + " " + text + " in another file is no number; export the network again.",
          e);
    }
  }
}
