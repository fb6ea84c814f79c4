package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a shard or table says of the class and name of one image, and what follows from it.
 *
 * <p>The class is the first of: a WordNet id that is named; the folder or the WordNet id in the
 * file's own name; any other class that is named; the class at the index among the labels; the
 * index as text. The label is the place of the class in the labels where these know it, else the
 * index.
 */
final class ClassClues {
  private static final Pattern WORDNET = Pattern.compile("n\\d{8}");
  private static final Pattern INDEX = Pattern.compile("\\d{1,9}");

  private final Labels labels;
  private final String where;
  private Optional<String> wordNetId = Optional.empty();
  private Optional<String> named = Optional.empty();
  private Optional<String> file = Optional.empty();
  private int index = PreparedImage.UNLABELLED;

  ClassClues(Labels labels, String where) {
    this.labels = labels;
    this.where = where;
  }

  /** A class or an index, as text. */
  void say(String text) {
    if (WORDNET.matcher(text).matches()) {
      wordNetId = Optional.of(text);
    } else if (INDEX.matcher(text).matches()) {
      index(Integer.parseInt(text));
    } else if (!text.isBlank() && ImageNames.unprintable(text).isEmpty()) {
      named = Optional.of(text);
    }
  }

  /** An index; a negative one says that there is none. */
  void index(long given) {
    if (given >= 0) {
      index = labels.checked(Math.toIntExact(Math.min(given, Integer.MAX_VALUE)), where);
    }
  }

  /** The path that the image had as a file. */
  void file(String path) {
    if (ImageNames.objection(path).isEmpty()) {
      file = Optional.of(path);
    }
  }

  ImageRef image(ImageLocation location, String nameInstead) {
    ImageNames.Named name = ImageNames.named(ImageNames.base(file.orElse(nameInstead)));
    String className = wordNetId.or(name::wordNetId).or(this::folder).or(() -> named).orElse("");
    if (className.isEmpty() && index != PreparedImage.UNLABELLED) {
      className = labels.className(index, where);
    }
    String canonical = labels.canonical(className);
    int label = labels.knows(canonical) ? PreparedImage.UNLABELLED : index;
    return new ImageRef(location, canonical, name.name(), label);
  }

  private Optional<String> folder() {
    return file.map(path -> labels.canonical(ImageNames.base(ImageNames.parent(path))))
        .filter(labels::knows);
  }
}
