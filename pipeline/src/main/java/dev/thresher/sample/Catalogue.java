package dev.thresher.sample;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The images of all sources, sorted by id.
 *
 * <p>A source is a list file of {@code path label} lines, or a folder. The same file in two sources
 * is kept once and counted; two different files of one class and name are refused, because a sample
 * knows images by these.
 *
 * @param images sorted by id, ids distinct
 * @param sources what was found in each source, in the order given
 * @param duplicates images named more than once, each repetition counted
 */
public record Catalogue(List<ImageRef> images, List<Source> sources, int duplicates) {

  /**
   * What one source held.
   *
   * @param location as configured
   * @param layout how it was read
   * @param images number of images, those of earlier sources included
   */
  public record Source(String location, Layout layout, int images) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Copies. */
  public Catalogue {
    images = List.copyOf(images);
    sources = List.copyOf(sources);
  }

  /**
   * Looks through the sources.
   *
   * <p>A label of a list wins; else the label is the index of the class in {@code labels}; without
   * these, the index of the class among all that were found, sorted. Independent of the order in
   * which file systems list.
   *
   * @param sources folders and list files, at least one
   * @throws SampleException if a source is missing or unreadable or holds no image
   */
  public static Catalogue of(List<String> sources, Labels labels, ImageFiles files) {
    if (sources.isEmpty()) {
      throw new SampleException("Cannot look for images: no folder and no list is given.");
    }
    List<Source> counts = new ArrayList<>();
    List<Found> all = new ArrayList<>();
    for (String source : sources) {
      Sources.Contents contents = Sources.read(source, labels, files);
      counts.add(new Source(source, contents.layout(), contents.images().size()));
      all.addAll(contents.images());
    }
    Map<String, ImageRef> byId = new TreeMap<>();
    TreeSet<String> classes = new TreeSet<>();
    all.stream().map(Found::className).filter(name -> !name.isEmpty()).forEach(classes::add);
    Labels indices = labels.orSorted(classes);
    int duplicates = 0;
    for (Found found : all) {
      duplicates += add(byId, found.labelled(indices)) ? 0 : 1;
    }
    return new Catalogue(List.copyOf(byId.values()), counts, duplicates);
  }

  /**
   * Refuses sources that are not there, without looking through them.
   *
   * @throws SampleException naming the first one that is missing or unreadable
   */
  public static void requireReadable(List<String> sources, ImageFiles files) {
    sources.forEach(source -> Sources.isList(source, files));
  }

  private static boolean add(Map<String, ImageRef> byId, ImageRef image) {
    ImageRef known = byId.putIfAbsent(image.id(), image);
    if (known == null) {
      return true;
    }
    if (!known.path().equals(image.path())) {
      throw new SampleException(
          "Cannot tell two images apart: %s and %s are both %s. Rename one, or put them into folders of their classes."
              .formatted(known.path(), image.path(), image.id()));
    }
    if (known.label() != image.label()) {
      throw new SampleException(
          "Cannot label %s: it is given label %d and label %d. Correct the list that is wrong."
              .formatted(image.path(), known.label(), image.label()));
    }
    return false;
  }

  /** Class names of the images, sorted; without those that have none. */
  public List<String> classes() {
    return images.stream()
        .map(ImageRef::className)
        .filter(name -> !name.isEmpty())
        .distinct()
        .sorted(Comparator.naturalOrder())
        .toList();
  }
}
