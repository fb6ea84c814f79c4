package dev.thresher.sample;

import java.util.List;

/**
 * A source of images, its layout told, its members not looked at.
 *
 * @param location as configured
 * @param layout how its images are arranged
 * @param units what tasks look through
 */
public record Source(String location, Layout layout, List<IndexUnit> units) {
  /** Copies. */
  public Source {
    units = List.copyOf(units);
  }

  /** The same, images of tables and shards known by their places. */
  public Source namedByPlace() {
    return new Source(location, layout, units.stream().map(IndexUnit::namedByPlace).toList());
  }

  boolean isNamedByPlace() {
    return units.stream().anyMatch(unit -> unit.naming() == Naming.BY_PLACE);
  }

  /** What to say where a source holds no image. */
  public SampleException empty() {
    return new SampleException(
        "Cannot find images in %s: it holds none. Give a folder of %s files, a folder of such folders (one for each class), a tar archive, Parquet files, or a text file of lines 'path label'."
            .formatted(
                location, String.join(", ", ImageNames.EXTENSIONS.stream().sorted().toList())));
  }
}
