package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.util.List;
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

  /**
   * A label of a table: a number stands for the class of that index among the table's own classes,
   * where the labels know this, else for itself.
   */
  void label(String text, List<String> classes) {
    if (!text.matches("-?\\d{1,18}")) {
      say(text);
      return;
    }
    long number = Long.parseLong(text);
    if (number < 0) {
      return;
    }
    Optional<String> own =
        number < classes.size()
            ? Optional.of(labels.canonical(classes.get((int) number)))
            : Optional.empty();
    boolean known = own.filter(labels::knows).isPresent();
    if (known || (own.isPresent() && !labels.given())) {
      named = own.filter(name -> ImageNames.unprintable(name).isEmpty());
    }
    if (!known) {
      index(number);
    }
  }

  /**
   * The image.
   *
   * @param byPlace name of an image that says none, and of all where places name them
   */
  ImageRef image(ImageLocation location, String byPlace, Naming naming) {
    String path = file.orElse(byPlace);
    ImageNames.Named name = ImageNames.named(ImageNames.base(path));
    String className = wordNetId.or(name::wordNetId).or(this::folder).or(() -> named).orElse("");
    if (className.isEmpty() && index != PreparedImage.UNLABELLED) {
      className = labels.className(index, where);
    }
    String canonical = labels.canonical(className);
    int label = labels.knows(canonical) ? PreparedImage.UNLABELLED : index;
    return new ImageRef(location, canonical, naming == Naming.PLAIN ? name.name() : byPlace, label);
  }

  private Optional<String> folder() {
    return file.map(path -> labels.canonical(ImageNames.base(ImageNames.parent(path))))
        .filter(labels::knows);
  }
}
