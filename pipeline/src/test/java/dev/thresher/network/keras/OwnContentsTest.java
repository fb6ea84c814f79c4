package dev.thresher.network.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.bytedeco.hdf5.global.hdf5;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model's weights lie in its own file, and fit in memory. */
class OwnContentsTest {
  private static final int DEFAULT = 0;
  private static final long UNLIMITED = -1;

  @TempDir private Path folder;

  static {
    Loader.load(hdf5.class);
    org.bytedeco.hdf5.Exception.dontPrint();
  }

  /** A file of one group, {@code /g}, filled by the test. */
  private Path file(LongConsumer fill) {
    Path path = folder.resolve("m.h5");
    long file = hdf5.H5Fcreate(path.toString(), hdf5.H5F_ACC_TRUNC, DEFAULT, DEFAULT);
    long group = hdf5.H5Gcreate2(file, "g", DEFAULT, DEFAULT, DEFAULT);
    fill.accept(group);
    hdf5.H5Gclose(group);
    hdf5.H5Fclose(file);
    return path;
  }

  private static void dataSet(long group, String name, LongConsumer properties, long... extents) {
    long list = hdf5.H5Pcreate(hdf5.H5P_CLS_DATASET_CREATE_ID_g());
    properties.accept(list);
    long[] most = extents.clone();
    if (hdf5.H5Pget_layout(list) == hdf5.H5D_CHUNKED) {
      Arrays.fill(most, UNLIMITED);
    }
    long space = hdf5.H5Screate_simple(extents.length, extents, most);
    long set = hdf5.H5Dcreate2(group, name, hdf5.H5T_IEEE_F32LE_g(), space, DEFAULT, list, DEFAULT);
    assertThat(set).as("the data set that the test writes").isNotNegative();
    hdf5.H5Dclose(set);
    hdf5.H5Pclose(list);
    hdf5.H5Sclose(space);
  }

  private static void refused(Path file, String reason) {
    assertThatThrownBy(() -> OwnContents.require(file, "m.h5"))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageStartingWith("Cannot import m.h5: ")
        .hasMessageContaining(reason);
  }

  @Test
  void whatLiesInTheFileIsFine() {
    Path file =
        file(
            group -> {
              dataSet(group, "plain", list -> {}, 3, 4);
              dataSet(group, "chunked", list -> hdf5.H5Pset_chunk(list, 1, 16), 64);
            });
    assertThatCode(() -> OwnContents.require(file, "m.h5")).doesNotThrowAnyException();
  }

  @Test
  void valuesOfAnotherFileAreRefused() throws IOException {
    Path other = Files.write(folder.resolve("secret"), new byte[64]);
    refused(
        file(
            group ->
                dataSet(
                    group, "w", list -> hdf5.H5Pset_external(list, other.toString(), 0, 64), 16)),
        "/g/w keeps its values in another file");
  }

  @Test
  void linksAreRefused() {
    refused(
        file(group -> hdf5.H5Lcreate_external("other.h5", "/g", group, "l", DEFAULT, DEFAULT)),
        "/g/l is a link");
    refused(
        file(group -> hdf5.H5Lcreate_soft("/elsewhere", group, "l", DEFAULT, DEFAULT)),
        "/g/l is a link");
  }

  @Test
  void virtualDataSetsAreRefused() {
    refused(
        file(
            group ->
                dataSet(
                    group,
                    "w",
                    list -> {
                      long space = hdf5.H5Screate_simple(1, new long[] {16}, new long[] {16});
                      hdf5.H5Pset_virtual(list, space, "other.h5", "/w", space);
                      hdf5.H5Sclose(space);
                    },
                    16)),
        "/g/w takes its values from other data sets");
  }

  @Test
  void moreThanMemoryHoldsIsRefusedBeforeItIsRead() {
    refused(
        file(group -> dataSet(group, "w", list -> hdf5.H5Pset_chunk(list, 1, 16), 1L << 40)),
        "more than 512 MiB");
    refused(
        file(
            group ->
                dataSet(
                    group, "w", list -> hdf5.H5Pset_chunk(list, 2, 1 << 14, 1 << 14), 1 << 14, 1)),
        "more than 512 MiB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"external.h5", "extlink.h5"})
  void hostileFilesAreRefused(String name) {
    Path file = SharedData.require("../cases/hostile/" + name);
    assertThatThrownBy(() -> NetworkReader.read(file))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining("model.save");
  }
}
