package dev.thresher.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What lies directly in a folder; hidden names are passed over. Of images only their number is
 * kept.
 *
 * @param folders names, sorted
 * @param tars names of tar archives, sorted
 * @param parquet names of Parquet files, sorted
 * @param zips names of zip archives, sorted
 */
record FirstLevel(
    long images,
    TreeSet<String> folders,
    TreeSet<String> tars,
    TreeSet<String> parquet,
    TreeSet<String> zips) {
  static FirstLevel of(Stream<ImageFiles.Child> children) {
    TreeSet<String> folders = new TreeSet<>();
    TreeSet<String> tars = new TreeSet<>();
    TreeSet<String> parquet = new TreeSet<>();
    TreeSet<String> zips = new TreeSet<>();
    long[] images = new long[1];
    children
        .filter(child -> !ImageNames.isHidden(child.name()))
        .forEach(
            child -> {
              String name = child.name().toLowerCase(Locale.ROOT);
              if (child.folder()) {
                folders.add(child.name());
              } else if (name.endsWith(".tar")) {
                tars.add(child.name());
              } else if (name.endsWith(".parquet")) {
                parquet.add(child.name());
              } else if (name.endsWith(".zip")) {
                zips.add(child.name());
              } else if (ImageNames.isImage(name)) {
                images[0]++;
              }
            });
    return new FirstLevel(images[0], folders, tars, parquet, zips);
  }

  /** Refuses a folder that could be meant in several ways. */
  void requireOneKind(String location) {
    List<String> seen = new ArrayList<>();
    if (images > 0 || !folders.isEmpty()) {
      seen.add("%d images and %d folders".formatted(images, folders.size()));
    }
    if (!tars.isEmpty()) {
      seen.add("%d tar archives".formatted(tars.size()));
    }
    if (!parquet.isEmpty()) {
      seen.add("%d Parquet files".formatted(parquet.size()));
    }
    if (!zips.isEmpty()) {
      seen.add("%d zip archives".formatted(zips.size()));
    }
    if (seen.size() > 1) {
      throw new SampleException(
          "Cannot tell how the images of %s are laid out: it holds %s. Set data.layout to the one that is meant (folders, tar, webdataset, parquet, zip), or move the others."
              .formatted(location, String.join(", and ", seen)));
    }
  }

  /** Refuses a folder of a set's parts: they would be taken for its classes. */
  void refuseSplits(String location) throws IOException {
    boolean splits =
        images == 0
            && !folders.isEmpty()
            && folders.stream()
                .allMatch(name -> ImageNames.SPLITS.contains(name.toLowerCase(Locale.ROOT)));
    if (splits) {
      throw new SampleException(
          "Cannot use the folders of %s as classes: they are called %s, as parts of a set are. Give one of them, such as %s, or set data.layout to folders if they are classes."
              .formatted(
                  location,
                  String.join(", ", folders),
                  ImageFiles.resolve(location, folders.first())));
    }
  }

  List<String> tars(String location) throws IOException {
    return paths(location, tars, "tar archive (.tar)");
  }

  List<String> parquet(String location) throws IOException {
    return paths(location, parquet, "Parquet file (.parquet)");
  }

  List<String> zips(String location) throws IOException {
    return paths(location, zips, "zip archive (.zip)");
  }

  private static List<String> paths(String location, TreeSet<String> names, String what)
      throws IOException {
    if (names.isEmpty()) {
      throw new SampleException(
          "Cannot find images in %s: there is no %s directly in it, and data.layout asks for one."
              .formatted(location, what));
    }
    List<String> paths = new ArrayList<>();
    for (String name : names) {
      paths.add(ImageFiles.resolve(location, name));
    }
    return paths;
  }
}
