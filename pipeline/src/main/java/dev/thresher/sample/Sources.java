package dev.thresher.sample;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.security.AccessControlException;

/** Reads one source: tells its layout and names its images. */
final class Sources {
  private static final Set<String> EXTENSIONS =
      Set.of("jpeg", "jpg", "jpe", "png", "gif", "webp", "bmp");
  private static final Pattern LABELLED_LINE = Pattern.compile("(.*\\S)\\s+(\\d{1,9})");

  private Sources() {}

  /** The images of a source and how they were arranged. */
  record Contents(Layout layout, List<Found> images) {}

  record Line(String path, OptionalInt label) {}

  /** An access that may fail in the ways that users can mend. */
  private interface Access<T> {
    T run() throws IOException;
  }

  static boolean isList(String source, ImageFiles files) {
    return access(source, () -> files.isFile(source));
  }

  static Contents read(String source, Labels labels, ImageFiles files) {
    Contents contents =
        isList(source, files)
            ? list(source, access(source, () -> files.text(source)), labels)
            : folder(source, access(source, () -> files.list(source)));
    if (contents.images().isEmpty()) {
      throw new SampleException(
          "Cannot find images in %s: it holds none. Give a folder of %s files, a folder of such folders (one for each class), or a text file of lines 'path label'."
              .formatted(source, String.join(", ", EXTENSIONS.stream().sorted().toList())));
    }
    return contents;
  }

  private static <T> T access(String source, Access<T> access) {
    try {
      return access.run();
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new SampleException(
          "Cannot find images in %s: there is no such file or folder.".formatted(source), e);
    } catch (AccessDeniedException | AccessControlException e) {
      throw new SampleException(
          "Cannot find images in %s: access is denied. Grant reading to the user that runs this."
              .formatted(source),
          e);
    } catch (IOException e) {
      throw new SampleException(
          "Cannot find images in %s: %s".formatted(source, e.getMessage()), e);
    }
  }

  /** Tells class folders from an unlabelled folder, and names the images; order does not matter. */
  static Contents folder(String root, List<String> relativePaths) {
    List<String> images = relativePaths.stream().filter(Sources::isImage).sorted().toList();
    boolean direct = images.stream().anyMatch(path -> path.indexOf('/') < 0);
    List<Found> found = new ArrayList<>();
    for (String image : images) {
      int slash = direct ? -1 : image.indexOf('/');
      found.add(
          new Found(
              ImageFiles.resolve(root, image),
              slash < 0 ? "" : image.substring(0, slash),
              image.substring(slash + 1),
              OptionalInt.empty()));
    }
    return new Contents(direct ? Layout.UNLABELLED : Layout.CLASS_FOLDERS, found);
  }

  /**
   * Reads a list: the class of an entry is its folder's name where the entries lie in more than one
   * folder, or where the labels know that name; else it has none.
   */
  static Contents list(String location, String text, Labels labels) {
    if (isImage(location) || text.indexOf('\0') >= 0) {
      throw new SampleException(
          "Cannot read %s as a list of images: it is not text. Give a folder, or a text file of lines 'path label'."
              .formatted(location));
    }
    List<Line> lines = lines(text);
    long folders = lines.stream().map(line -> parent(line.path())).distinct().count();
    String base = location.substring(0, location.lastIndexOf('/') + 1);
    List<Found> found = new ArrayList<>();
    for (Line line : lines) {
      String path = ImageFiles.resolve(base.isEmpty() ? "." : base, line.path());
      String folder = base(parent(path));
      int label = labels.checked(line.label(), line.path() + " in " + location);
      found.add(
          new Found(
              path,
              folders > 1 || labels.knows(folder) ? folder : "",
              base(path),
              label < 0 ? OptionalInt.empty() : OptionalInt.of(label)));
    }
    return new Contents(Layout.LIST, found);
  }

  private static List<Line> lines(String text) {
    List<Line> lines = new ArrayList<>();
    String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
    plain
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .forEach(line -> lines.add(line(line)));
    return lines;
  }

  static Line line(String text) {
    Matcher labelled = LABELLED_LINE.matcher(text);
    return labelled.matches()
        ? new Line(labelled.group(1), OptionalInt.of(Integer.parseInt(labelled.group(2))))
        : new Line(text, OptionalInt.empty());
  }

  static boolean isLabelledImage(String text) {
    Line line = line(text);
    return line.label().isPresent() && isImage(line.path());
  }

  private static boolean isImage(String path) {
    int dot = path.lastIndexOf('.');
    return dot >= 0 && EXTENSIONS.contains(path.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  static String base(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
