package dev.thresher.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A shard of a WebDataset: members that share a key, the name up to its first dot, are one example.
 * Of it are read: the image ({@code .jpg} and the like), {@code .cls} (an index or a class) and
 * {@code .json}, in which {@code filename}, {@code wnid}, {@code synset}, {@code class}, {@code
 * label} and {@code cls} count.
 *
 * <p>Members of one key follow each other in most shards. An image without a note, and a note
 * without an image, wait for the other until the shard ends.
 *
 * @param naming what its images are known by
 */
record WebDatasetUnit(String file, long bytes, Naming naming) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  /** A longer {@code .cls} or {@code .json} says something else. */
  private static final int LONGEST_NOTE = 1 << 20;

  /** Views of one example; more of them are no example. */
  private static final int MOST_IMAGES = 4_096;

  /** Examples of a shard that may wait for another member: each takes some hundred bytes. */
  private static final int MOST_WAITING = 1 << 18;

  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(new TarMembers(files, file, 0, ImageLocation.UNKNOWN), labels);
  }

  @Override
  public WebDatasetUnit namedByPlace() {
    return new WebDatasetUnit(file, bytes, Naming.BY_PLACE);
  }

  static boolean describesImages(String name) {
    String extension = ImageNames.extension(name);
    return extension.equals("cls") || extension.equals("json");
  }

  private static String key(String name) {
    String base = ImageNames.base(name);
    int dot = base.indexOf('.');
    return dot < 0 ? name : name.substring(0, name.length() - base.length() + dot);
  }

  /** Members of one key, as far as they were met. */
  private static final class Example {
    private final List<TarMembers.Member> images = new ArrayList<>();
    private final ClassClues clues;
    private boolean noted;

    Example(ClassClues clues) {
      this.clues = clues;
    }

    boolean isComplete() {
      return noted && !images.isEmpty();
    }
  }

  private final class Cursor extends IndexCursor {
    private final TarMembers members;
    private final Labels labels;
    private final Deque<Indexed> ready = new ArrayDeque<>();
    private final Map<String, Example> waiting = new LinkedHashMap<>();
    private TarMembers.Member ahead;

    Cursor(TarMembers members, Labels labels) throws IOException {
      super(file);
      this.members = members;
      this.labels = labels;
      this.ahead = members.next();
    }

    @Override
    Indexed advance() throws IOException {
      while (ready.isEmpty() && ahead != null) {
        stretch();
      }
      if (ready.isEmpty()) {
        Iterator<Map.Entry<String, Example>> left = waiting.entrySet().iterator();
        while (ready.isEmpty() && left.hasNext()) {
          Map.Entry<String, Example> example = left.next();
          left.remove();
          give(example.getKey(), example.getValue());
        }
      }
      return ready.poll();
    }

    /** Members of one key that follow each other. */
    private void stretch() throws IOException {
      String key = key(ahead.name());
      Example known = waiting.remove(key);
      Example example =
          known == null ? new Example(new ClassClues(labels, file + "!" + key)) : known;
      while (ahead != null && key(ahead.name()).equals(key)) {
        if (ahead.kind() != TarMembers.Kind.FOLDER && !ImageNames.isHidden(ahead.name())) {
          take(ahead, example);
        }
        ahead = members.next();
      }
      if (example.isComplete()) {
        give(key, example);
      } else if (example.noted || !example.images.isEmpty()) {
        wait(key, example);
      }
    }

    private void take(TarMembers.Member member, Example example) throws IOException {
      String name = member.name();
      if (ImageNames.isImage(name)) {
        requireRoom(example.images, key(name));
        example.images.add(member);
      } else if (describesImages(name) && member.bytes() <= LONGEST_NOTE) {
        example.noted = true;
        read(member, example.clues);
      } else {
        leaveOut(name);
      }
    }

    private void wait(String key, Example example) {
      if (waiting.size() == MOST_WAITING) {
        throw new SampleException(
            "Cannot pair images and labels of %s: more than %d keys have one without the other. Write both of a key one after the other, as WebDataset does."
                .formatted(file, MOST_WAITING));
      }
      waiting.put(key, example);
    }

    private void give(String key, Example example) {
      example.images.forEach(image -> ready.add(indexed(image, key, example.clues)));
    }

    private void requireRoom(List<TarMembers.Member> images, String key) {
      if (images.size() == MOST_IMAGES) {
        throw new SampleException(
            "Cannot read %s as a WebDataset: more than %d images share the key '%s'. Set data.layout to tar if it is a plain archive."
                .formatted(file, MOST_IMAGES, key.replaceAll("\\p{Cntrl}", "?")));
      }
    }

    private void read(TarMembers.Member note, ClassClues clues) throws IOException {
      String text = new String(members.contents(note), StandardCharsets.UTF_8).strip();
      if (ImageNames.extension(note.name()).equals("cls")) {
        clues.say(text);
        return;
      }
      JsonNode json;
      try {
        json = JSON.readTree(text);
      } catch (IOException notJson) {
        return;
      }
      for (String field : List.of("wnid", "synset", "label", "cls", "class")) {
        if (json.path(field).isIntegralNumber() || json.path(field).isTextual()) {
          clues.say(json.path(field).asText());
        }
      }
      if (json.path("filename").isTextual()) {
        clues.file(json.path("filename").asText());
      }
    }

    private Indexed indexed(TarMembers.Member image, String key, ClassClues clues) {
      String name = image.name();
      Optional<String> objection =
          image.kind() == TarMembers.Kind.OTHER
              ? Optional.of("it is a link or a file with holes, not an image")
              : ImageNames.objection(name);
      if (objection.isPresent()) {
        return new ImageNote(file + "!" + name, objection.get());
      }
      String plain = ImageNames.ofKey(key, ImageNames.extension(name));
      return clues.image(
          new ImageLocation.ArchiveRange(file, image.offset(), image.bytes(), name),
          naming == Naming.PLAIN ? plain : ImageNames.base(file) + "/" + plain,
          naming);
    }

    @Override
    public void close() throws IOException {
      members.close();
    }
  }
}
