package dev.thresher.network.keras;

import static org.bytedeco.hdf5.global.hdf5.*;

import dev.thresher.network.NetworkFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.hdf5.H5G_info_t;
import org.bytedeco.hdf5.H5L_info2_t;

/**
 * Looks through an HDF5 file before anything of it is read: whatever it holds must lie in the file
 * itself, and fit in bounded memory. HDF5 lets data sets keep their values in other files (external
 * storage, virtual data sets), and groups name objects of other files (links); a model that comes
 * from elsewhere must not read this machine's files.
 */
final class OwnContents {
  /** Keras nests a few groups. */
  private static final int DEEPEST = 32;

  /** Networks for phones have hundreds. */
  private static final int MOST_OBJECTS = 100_000;

  /** Values of all data sets, unpacked: the largest network for phones takes 50 MB. */
  private static final long MOST_BYTES = 512L << 20;

  private static final int LONGEST_NAME = 4096;
  private static final int DEFAULT = 0;

  private final String model;
  private final long file;
  private int objects;
  private long bytes;

  private OwnContents(String model, long file) {
    this.model = model;
    this.file = file;
  }

  /**
   * Looks through a file.
   *
   * @param model name of the file, for messages
   * @throws NetworkFormatException naming what lies elsewhere or takes too much
   */
  static void require(Path file, String model) {
    long open = H5Fopen(file.toString(), H5F_ACC_RDONLY, DEFAULT);
    if (open < 0) {
      return; // What is no HDF5 file is told by who reads it.
    }
    try {
      new OwnContents(model, open).visit("/", 0);
    } finally {
      H5Fclose(open);
    }
  }

  private void visit(String group, int depth) {
    if (depth > DEEPEST) {
      throw refuse("its groups are nested more than " + DEEPEST + " deep");
    }
    long members;
    try (H5G_info_t info = new H5G_info_t()) {
      check(H5Gget_info_by_name(file, group, info, DEFAULT), group);
      members = info.nlinks();
    }
    for (long i = 0; i < members; i++) {
      if (++objects > MOST_OBJECTS) {
        throw refuse("it holds more than " + MOST_OBJECTS + " objects");
      }
      member(group, i, depth);
    }
  }

  private void member(String group, long index, int depth) {
    String name = name(group, index);
    String path = group.equals("/") ? group + name : group + "/" + name;
    try (H5L_info2_t link = new H5L_info2_t()) {
      check(
          H5Lget_info_by_idx2(file, group, H5_INDEX_NAME, H5_ITER_INC, index, link, DEFAULT), path);
      if (link.type() != H5L_TYPE_HARD) {
        throw refuse(
            path + " is a link, as to another file; save the whole model anew with model.save");
      }
    }
    long object = H5Oopen(file, path, DEFAULT);
    check(object, path);
    try {
      int type = H5Iget_type(object);
      if (type == H5I_DATASET) {
        dataSet(object, path);
      } else if (type == H5I_GROUP) {
        visit(path, depth + 1);
      }
    } finally {
      H5Oclose(object);
    }
  }

  private String name(String group, long index) {
    byte[] buffer = new byte[LONGEST_NAME + 1];
    long length =
        H5Lget_name_by_idx(
            file, group, H5_INDEX_NAME, H5_ITER_INC, index, buffer, buffer.length, DEFAULT);
    check(length, group);
    if (length > LONGEST_NAME) {
      throw refuse("it names an object by more than " + LONGEST_NAME + " bytes");
    }
    return new String(buffer, 0, (int) length, StandardCharsets.UTF_8);
  }

  private void dataSet(long object, String path) {
    long properties = H5Dget_create_plist(object);
    check(properties, path);
    try {
      if (H5Pget_external_count(properties) != 0) {
        throw refuse(
            path + " keeps its values in another file; save the whole model anew with model.save");
      }
      int layout = H5Pget_layout(properties);
      if (layout == H5D_VIRTUAL) {
        throw refuse(
            path + " takes its values from other data sets; save the model anew with model.save");
      }
      long type = size(object);
      add(values(object, path), type, path);
      if (layout == H5D_CHUNKED) {
        add(chunk(properties, path), type, path);
      }
    } finally {
      H5Pclose(properties);
    }
  }

  /** Bytes of a value. */
  private static long size(long object) {
    long type = H5Dget_type(object);
    try {
      return Math.max(1, H5Tget_size(type));
    } finally {
      H5Tclose(type);
    }
  }

  private long values(long object, String path) {
    long space = H5Dget_space(object);
    check(space, path);
    try {
      return H5Sget_simple_extent_npoints(space);
    } finally {
      H5Sclose(space);
    }
  }

  /** Values of a chunk, which is unpacked whole. */
  private long chunk(long properties, String path) {
    long[] extents = new long[DEEPEST];
    int rank = H5Pget_chunk(properties, extents.length, extents);
    check(rank, path);
    long values = 1;
    for (int i = 0; i < rank; i++) {
      values = Math.max(1, extents[i]) > MOST_BYTES / values ? MOST_BYTES : values * extents[i];
    }
    return values;
  }

  private void add(long values, long size, String path) {
    check(values, path);
    bytes += values > MOST_BYTES / size ? MOST_BYTES + 1 : values * size;
    if (bytes > MOST_BYTES) {
      throw refuse(
          "its data sets say that they hold more than "
              + (MOST_BYTES >> 20)
              + " MiB; no network for phones does");
    }
  }

  private void check(long status, String path) {
    if (status < 0) {
      throw refuse(path + " cannot be looked at; check that the file was copied whole");
    }
  }

  private NetworkFormatException refuse(String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason + ".");
  }
}
