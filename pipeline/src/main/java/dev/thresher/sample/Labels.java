package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The classes of a network by index: from a file of one class per line, or none given.
 *
 * <p>Where every line begins with a WordNet id ({@code n01440764 tench, Tinca tinca}), the id is
 * the class; otherwise the whole line is. Where every line is {@code path label}, the file labels
 * images and not classes: by the last two names of the path, or by the last one where that is
 * unambiguous. Without a file, classes are indexed in sorted order.
 */
public final class Labels implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern WORDNET = Pattern.compile("n\\d{8}(\\s.*)?");
  private static final Pattern WORDNET_INSIDE = Pattern.compile("(?<![A-Za-z0-9])n\\d{8}(?!\\d)");
  private static final Pattern INDEX = Pattern.compile("\\d{1,9}");
  private static final int WORDNET_ID_LENGTH = 9;
  private static final int AMBIGUOUS = -2;

  private final List<String> names;
  private final List<String> titles;
  private final Map<String, Integer> indices = new HashMap<>();
  private final Map<String, Integer> images = new HashMap<>();
  private final String origin;

  private Labels(List<String> classes, List<String> titles, String origin) {
    this.titles = List.copyOf(titles);
    for (int i = 0; i < classes.size(); i++) {
      indices.merge(classes.get(i), i, (first, second) -> AMBIGUOUS);
    }
    this.names = List.copyOf(classes);
    this.origin = origin;
  }

  /** No file: every class that is found counts, in sorted order. */
  public static Labels none() {
    return new Labels(List.of(), List.of(), "");
  }

  /**
   * The classes of a file.
   *
   * @param location a local path or an address that Hadoop understands
   * @throws SampleException if it cannot be read, or holds no classes
   */
  public static Labels read(String location, ImageFiles files) {
    try {
      return parse(files.text(location), location);
    } catch (IOException e) {
      throw new SampleException(
          "Cannot read the labels %s: %s. Correct data.labels.".formatted(location, e), e);
    }
  }

  /**
   * The classes of a file's text.
   *
   * @param origin the file, for messages
   * @throws SampleException if it holds no class, or an empty line between two
   */
  public static Labels parse(String text, String origin) {
    List<String> lines = new ArrayList<>(text.stripTrailing().lines().map(String::strip).toList());
    if (!lines.isEmpty() && lines.get(0).startsWith("\ufeff")) {
      lines.set(0, lines.get(0).substring(1));
    }
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        throw new SampleException(
            "Cannot read the labels of %s: line %d is empty. Give one class per line, in the order of the network's outputs."
                .formatted(origin, i + 1));
      }
    }
    if (lines.isEmpty()) {
      throw new SampleException("Cannot read the labels of %s: it is empty.".formatted(origin));
    }
    if (lines.stream().allMatch(ListLine::isLabelledImage)) {
      Labels labels = new Labels(List.of(), List.of(), origin);
      lines.forEach(labels::addImage);
      return labels;
    }
    boolean wordnet = lines.stream().allMatch(line -> WORDNET.matcher(line).matches());
    return wordnet
        ? new Labels(
            lines.stream().map(line -> line.substring(0, WORDNET_ID_LENGTH)).toList(),
            lines.stream().map(Labels::title).toList(),
            origin)
        : new Labels(lines, lines, origin);
  }

  /** What a line says beside the WordNet id; the id where it says nothing. */
  private static String title(String line) {
    String words = line.substring(WORDNET_ID_LENGTH).strip();
    return words.isEmpty() ? line : words;
  }

  private void addImage(String line) {
    ListLine image = ListLine.parse(line);
    int label = image.label().orElseThrow();
    images.put(lastTwo(image.path()), label);
    images.merge(
        ImageNames.base(image.path()), label, (old, now) -> old.equals(now) ? now : AMBIGUOUS);
  }

  private static String lastTwo(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(path.lastIndexOf('/', slash - 1) + 1);
  }

  /** The label of an image that no list labels, {@link PreparedImage#UNLABELLED} if unknown. */
  int label(String path, String className) {
    if (!images.isEmpty()) {
      Integer exact = images.get(lastTwo(path));
      int label =
          exact != null
              ? exact
              : images.getOrDefault(ImageNames.base(path), PreparedImage.UNLABELLED);
      return label == AMBIGUOUS ? PreparedImage.UNLABELLED : label;
    }
    return className.isEmpty() ? PreparedImage.UNLABELLED : indexOf(className);
  }

  /** Number of classes, 0 without a file. */
  public int size() {
    return names.size();
  }

  /** The classes, in the order of their indices. */
  List<String> classes() {
    return names;
  }

  /**
   * What people call the classes, in the order of their indices; empty without a file of classes.
   */
  public List<String> titles() {
    return titles;
  }

  boolean given() {
    return !names.isEmpty();
  }

  boolean knows(String className) {
    return indices.containsKey(className);
  }

  /** The labels to use for classes that were found: these, or without a file their sorted order. */
  public Labels orSorted(Collection<String> classNames) {
    if (given() || !images.isEmpty()) {
      return this;
    }
    List<String> sorted = List.copyOf(new TreeSet<>(classNames));
    return new Labels(sorted, sorted, "");
  }

  /** The index of a class, {@link PreparedImage#UNLABELLED} where the labels do not know it. */
  int indexOf(String className) {
    int index = indices.getOrDefault(className, PreparedImage.UNLABELLED);
    if (index == AMBIGUOUS) {
      throw new SampleException(
          "Cannot label class %s: %s holds it on more than one line. Use a file of distinct classes, such as WordNet ids."
              .formatted(className, origin));
    }
    return index;
  }

  /** Refuses a label of a list that the labels have no line for. */
  int checked(int label, String where) {
    if (given() && label >= size()) {
      throw new SampleException(
          "Cannot use label %d of %s: %s holds %d classes, 0 to %d."
              .formatted(label, where, origin, size(), size() - 1));
    }
    return label;
  }

  /** The class of an index; the number itself where there are no classes to look it up in. */
  String className(int index, String where) {
    return given() ? names.get(checked(index, where)) : Integer.toString(index);
  }

  /**
   * One name for each class, however a source spells it: by WordNet id ({@code n01440764}), by
   * index ({@code 0}, {@code 000}), or both ({@code 000_n01440764}). A name that is none of these
   * stays.
   */
  String canonical(String className) {
    if (!given() || className.isEmpty() || knows(className)) {
      return className;
    }
    Matcher inside = WORDNET_INSIDE.matcher(className.replace('_', ' '));
    if (inside.find() && knows(inside.group())) {
      return inside.group();
    }
    if (INDEX.matcher(className).matches() && Integer.parseInt(className) < size()) {
      return names.get(Integer.parseInt(className));
    }
    return className;
  }
}
