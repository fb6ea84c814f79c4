package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The classes of images that lie in no folders of classes, from a file beside them: lines {@code
 * name class}, or one class a line in the order of the images' sorted names, as {@code
 * ILSVRC2012_validation_ground_truth.txt} has it.
 *
 * <p>A class is a name (a WordNet id) or a number: with a file of numbered classes it counts from 1
 * in that file, as ImageNet's development kit does; without one it counts from 0 in the order of
 * the network's outputs.
 */
public final class ImageLabels implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  private final String origin;
  private final Labels outputs;
  private final List<String> numbered;
  private final List<String> inOrder;
  private final HashMap<String, String> byName;

  private ImageLabels(
      String origin,
      Labels outputs,
      List<String> numbered,
      List<String> inOrder,
      Map<String, String> byName) {
    this.origin = origin;
    this.outputs = outputs;
    this.numbered = List.copyOf(numbered);
    this.inOrder = List.copyOf(inOrder);
    this.byName = new HashMap<>(byName);
  }

  /** No file: images keep the classes that they have. */
  public static ImageLabels none() {
    return new ImageLabels("", Labels.none(), List.of(), List.of(), Map.of());
  }

  /**
   * Reads a file.
   *
   * @param location of the file
   * @param numbered of the file of numbered classes, empty for none
   * @param outputs the network's classes
   * @throws SampleException if a file cannot be read, or numbers cannot be told
   */
  public static ImageLabels read(
      String location, String numbered, Labels outputs, ImageFiles files) {
    List<String> classes =
        numbered.isEmpty() ? List.of() : Labels.parse(text(numbered, files), numbered).classes();
    return parse(text(location, files), location, classes, outputs);
  }

  private static String text(String location, ImageFiles files) {
    try {
      return files.text(location);
    } catch (IOException e) {
      throw new SampleException(
          "Cannot read the labels %s: %s. Correct data.validation-labels or data.validation-classes."
              .formatted(location, e),
          e);
    }
  }

  /** As {@link #read}, of a file's text. */
  static ImageLabels parse(String text, String origin, List<String> numbered, Labels outputs) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (lines.isEmpty()) {
      throw new SampleException("Cannot read the labels of %s: it is empty.".formatted(origin));
    }
    Map<String, String> byName = new HashMap<>();
    List<String> inOrder = new ArrayList<>();
    for (String line : lines) {
      int blank = Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t'));
      String path = line.substring(0, Math.max(0, blank)).strip();
      if (ImageNames.isImage(path)) {
        byName.put(ImageNames.base(path), line.substring(blank + 1));
      } else {
        inOrder.add(line);
      }
    }
    if (!byName.isEmpty() && !inOrder.isEmpty()) {
      throw new SampleException(
          "Cannot read the labels of %s: some lines name an image (%s), some do not (%s)."
              .formatted(origin, byName.keySet().iterator().next(), inOrder.get(0)));
    }
    ImageLabels labels = new ImageLabels(origin, outputs, numbered, inOrder, byName);
    labels.checkNumbers();
    return labels;
  }

  /** Numbers that count from 1 in another order look like outputs of the network, and are not. */
  private void checkNumbers() {
    boolean zero = false;
    boolean number = false;
    for (String label : inOrder.isEmpty() ? byName.values() : inOrder) {
      if (NUMBER.matcher(label).matches()) {
        number = true;
        zero |= Integer.parseInt(label) == 0;
      }
    }
    if (number && numbered.isEmpty() && !zero && !inOrder.isEmpty()) {
      throw new SampleException(
          "Cannot tell the classes of %s: its numbers count from 1, so they are not outputs of the network. Give the classes that they count as data.validation-classes, one a line (for ImageNet's ground truth: the WordNet ids in the order of its development kit)."
              .formatted(origin));
    }
    (inOrder.isEmpty() ? byName.values() : inOrder).forEach(this::className);
  }

  /** Whether the file tells classes by the order of the images, so that {@link #of} is needed. */
  public boolean isInOrder() {
    return !inOrder.isEmpty();
  }

  /**
   * The same by name.
   *
   * @param names base names of all images, sorted
   * @throws SampleException if there are more or fewer than the file has lines
   */
  public ImageLabels of(List<String> names) {
    if (names.size() != inOrder.size()) {
      throw new SampleException(
          "Cannot label %d images by %s: it has %d lines, and every image needs one."
              .formatted(names.size(), origin, inOrder.size()));
    }
    Map<String, String> named = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      named.put(names.get(i), inOrder.get(i));
    }
    return new ImageLabels(origin, outputs, numbered, List.of(), named);
  }

  /** The image with its class; one that has a class, or is not in the file, stays as it is. */
  public ImageRef classified(ImageRef image) {
    String label = byName.get(ImageNames.base(image.name()));
    if (label == null || !image.className().isEmpty()) {
      return image;
    }
    boolean isOutput = numbered.isEmpty() && NUMBER.matcher(label).matches();
    String className = outputs.canonical(className(label));
    boolean known = outputs.knows(className) || !isOutput;
    return new ImageRef(
        image.location(),
        className,
        image.name(),
        known ? PreparedImage.UNLABELLED : Integer.parseInt(label));
  }

  private String className(String label) {
    if (!NUMBER.matcher(label).matches()) {
      return label;
    }
    int number = Integer.parseInt(label);
    if (numbered.isEmpty()) {
      return outputs.className(number, origin);
    }
    if (number < 1 || number > numbered.size()) {
      throw new SampleException(
          "Cannot use label %d of %s: data.validation-classes holds classes 1 to %d."
              .formatted(number, origin, numbered.size()));
    }
    return numbered.get(number - 1);
  }
}
