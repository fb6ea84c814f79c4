package dev.thresher.sample;

import dev.thresher.sample.FolderUnit.Depth;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.security.AccessControlException;

/**
 * Tells how the images of a source are arranged, from its first level alone: the names in a folder,
 * the first members of an archive, the first lines of a list.
 */
public final class Sources {
  /** Splits of one set, as the hub of Parquet sets names their files. */
  private static final Pattern SPLIT =
      Pattern.compile("(%s)[-_.].*".formatted(String.join("|", ImageNames.SPLITS)));

  /** A list is cut into stretches of so many bytes. */
  private static final long LIST_STRETCH = 4 << 20;

  private final LayoutChoice choice;
  private final TableColumns columns;
  private final ImageFiles files;

  private Sources(LayoutChoice choice, TableColumns columns, ImageFiles files) {
    this.choice = choice;
    this.columns = columns;
    this.files = files;
  }

  /**
   * Looks at a source.
   *
   * @param location a file, a folder, or files by a pattern in the last name ({@code *})
   * @throws SampleException if it is missing, unreadable or ambiguous
   */
  public static Source open(String location, LayoutChoice choice, ImageFiles files) {
    return open(location, choice, TableColumns.USUAL, files);
  }

  /**
   * Looks at a source.
   *
   * @param location a file, a folder, or files by a pattern in the last name ({@code *})
   * @param columns which columns of tables hold what
   * @throws SampleException if it is missing, unreadable or ambiguous
   */
  public static Source open(
      String location, LayoutChoice choice, TableColumns columns, ImageFiles files) {
    return new Sources(choice, columns, files).open(location);
  }

  private Source open(String location) {
    try {
      return ImageNames.base(location).contains("*")
          ? pattern(location)
          : files.isFile(location) ? file(location) : folder(location);
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new SampleException(
          "Cannot find images in %s: there is no such file or folder.".formatted(location), e);
    } catch (AccessDeniedException | AccessControlException e) {
      throw new SampleException(
          "Cannot find images in %s: access is denied. Grant reading to the user that runs this."
              .formatted(location),
          e);
    } catch (IOException | UncheckedIOException e) {
      throw new SampleException(
          "Cannot find images in %s: %s".formatted(location, e.getMessage()), e);
    }
  }

  private Source file(String location) throws IOException {
    return switch (choice) {
      case FOLDERS ->
          throw new SampleException(
              "Cannot read %s as folders (data.layout): it is a file. Give the folder, or another layout."
                  .formatted(location));
      case LIST -> list(location);
      case PARQUET -> parquet(location, List.of(location));
      case TAR, WEBDATASET -> archives(location, List.of(location));
      case ZIP -> zips(location, List.of(location));
      case AUTO ->
          switch (FileKind.of(location, files)) {
            case PARQUET -> parquet(location, List.of(location));
            case TAR -> archives(location, List.of(location));
            case ZIP -> zips(location, List.of(location));
            case OTHER -> list(location);
          };
    };
  }

  private Source list(String location) throws IOException {
    long length;
    try (SeekableFile list = files.openSeekable(location)) {
      length = list.length();
    }
    ListSyntax syntax = ListUnit.syntax(files, location);
    ListUnit.Folders folders = ListUnit.folders(files, location, syntax);
    List<IndexUnit> units = new ArrayList<>();
    for (long begin = 0; begin < length; begin += LIST_STRETCH) {
      long end = Math.min(length, begin + LIST_STRETCH);
      units.add(new ListUnit(location, begin, end, syntax, folders));
    }
    return new Source(location, Layout.LIST, units);
  }

  private Source folder(String location) throws IOException {
    FirstLevel level;
    try (Stream<ImageFiles.Child> children = files.children(location)) {
      level = FirstLevel.of(children);
    }
    return switch (choice) {
      case LIST ->
          throw new SampleException(
              "Cannot read %s as a list (data.layout): it is a folder. Give the file, or another layout."
                  .formatted(location));
      case FOLDERS -> folders(location, level);
      case PARQUET -> parquet(location, level.parquet(location));
      case TAR, WEBDATASET -> archives(location, level.tars(location));
      case ZIP -> zips(location, level.zips(location));
      case AUTO -> {
        level.requireOneKind(location);
        if (!level.tars().isEmpty()) {
          yield archives(location, level.tars(location));
        }
        if (!level.parquet().isEmpty()) {
          yield parquet(location, level.parquet(location));
        }
        if (!level.zips().isEmpty()) {
          yield zips(location, level.zips(location));
        }
        level.refuseSplits(location);
        yield folders(location, level);
      }
    };
  }

  private static Source folders(String location, FirstLevel level) {
    List<IndexUnit> units = new ArrayList<>();
    boolean direct = level.images() > 0;
    if (direct) {
      units.add(new FolderUnit(location, "", "", Depth.DIRECT));
    }
    for (String folder : level.folders()) {
      units.add(new FolderUnit(location, folder, direct ? "" : folder, Depth.ALL));
    }
    return new Source(location, direct ? Layout.UNLABELLED : Layout.CLASS_FOLDERS, units);
  }

  private Source pattern(String location) throws IOException {
    String folder = location.substring(0, location.lastIndexOf('/') + 1);
    String wanted = ImageNames.base(location);
    Pattern name =
        Pattern.compile(
            String.join(".*", Stream.of(wanted.split("\\*", -1)).map(Pattern::quote).toList()));
    TreeSet<String> found = new TreeSet<>();
    try (Stream<ImageFiles.Child> children = files.children(folder.isEmpty() ? "." : folder)) {
      children
          .filter(child -> !child.folder() && name.matcher(child.name()).matches())
          .forEach(child -> found.add(folder + child.name()));
    }
    if (found.isEmpty()) {
      throw new SampleException(
          "Cannot find images in %s: no file of this pattern is there.".formatted(location));
    }
    List<String> all = List.copyOf(found);
    return switch (choice) {
      case PARQUET -> parquet(location, all);
      case ZIP -> zips(location, all);
      case AUTO ->
          switch (FileKind.of(found.first(), files)) {
            case PARQUET -> parquet(location, all);
            case ZIP -> zips(location, all);
            case TAR, OTHER -> archives(location, all);
          };
      case TAR, WEBDATASET, FOLDERS, LIST -> archives(location, all);
    };
  }

  private Source parquet(String location, List<String> shards) throws IOException {
    TreeSet<String> splits = new TreeSet<>();
    List<IndexUnit> units = new ArrayList<>();
    for (String shard : shards) {
      Matcher split = SPLIT.matcher(ImageNames.base(shard));
      splits.add(split.matches() ? split.group(1) : "");
      units.add(new ParquetUnit(shard, files.size(shard), columns, Naming.PLAIN));
    }
    if (splits.size() > 1) {
      throw new SampleException(
          "Cannot tell which images of %s are meant: its files are of several splits (%s). Name one: %s/%s-*.parquet"
              .formatted(location, String.join(", ", splits), location, splits.last()));
    }
    ParquetImages.open(files, shards.get(0), columns).close();
    return new Source(location, Layout.PARQUET, units);
  }

  private Source zips(String location, List<String> archives) throws IOException {
    List<IndexUnit> units = new ArrayList<>();
    for (String archive : archives) {
      new ZipMembers(files, archive).close();
      units.add(new ZipUnit(archive, files.size(archive)));
    }
    return new Source(location, Layout.ZIP, units);
  }

  private Source archives(String location, List<String> archives) throws IOException {
    TarKind first = TarKind.of(archives.get(0), files);
    TarKind last = TarKind.of(archives.get(archives.size() - 1), files);
    if (choice == LayoutChoice.AUTO && first != last) {
      throw new SampleException(
          "Cannot tell how the images of %s are laid out: %s %s, %s %s. Give one of them, or set data.layout to tar or webdataset."
              .formatted(
                  location,
                  ImageNames.base(archives.get(0)),
                  first.said(),
                  ImageNames.base(archives.get(archives.size() - 1)),
                  last.said()));
    }
    boolean webDataset =
        choice == LayoutChoice.WEBDATASET
            || (choice == LayoutChoice.AUTO && first == TarKind.WEBDATASET);
    List<IndexUnit> units = new ArrayList<>();
    for (String archive : archives) {
      if (webDataset) {
        units.add(new WebDatasetUnit(archive, files.size(archive), Naming.PLAIN));
      } else {
        units.addAll(TarKind.units(archive, files));
      }
    }
    return new Source(location, webDataset ? Layout.WEBDATASET : Layout.TAR, units);
  }
}
