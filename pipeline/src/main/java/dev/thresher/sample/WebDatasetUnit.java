package dev.thresher.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A shard of a WebDataset: members that follow each other and share a key, the name up to its first
 * dot, are one example. Of it are read: the image ({@code .jpg} and the like), {@code .cls} (an
 * index or a class) and {@code .json}, in which {@code filename}, {@code wnid}, {@code synset},
 * {@code class}, {@code label} and {@code cls} count.
 */
record WebDatasetUnit(String file, long bytes) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  /** A longer {@code .cls} or {@code .json} says something else. */
  private static final int LONGEST_NOTE = 1 << 20;

  /** Views of one example; more of them are no example. */
  private static final int MOST_IMAGES = 4_096;

  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(new TarMembers(files, file, 0, ImageLocation.UNKNOWN), labels);
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

  private final class Cursor extends IndexCursor {
    private final TarMembers members;
    private final Labels labels;
    private final Deque<Indexed> ready = new ArrayDeque<>();
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
        example();
      }
      return ready.poll();
    }

    private void example() throws IOException {
      String key = key(ahead.name());
      List<TarMembers.Member> images = new ArrayList<>();
      ClassClues clues = new ClassClues(labels, file + "!" + key);
      while (ahead != null && key(ahead.name()).equals(key)) {
        String name = ahead.name();
        if (ahead.kind() != TarMembers.Kind.FOLDER && !ImageNames.isHidden(name)) {
          if (ImageNames.isImage(name)) {
            requireRoom(images, key);
            images.add(ahead);
          } else if (describesImages(name) && ahead.bytes() <= LONGEST_NOTE) {
            read(ahead, clues);
          }
        }
        ahead = members.next();
      }
      images.forEach(image -> ready.add(indexed(image, key, clues)));
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
      return clues.image(
          new ImageLocation.ArchiveRange(file, image.offset(), image.bytes()),
          ImageNames.ofKey(key, ImageNames.extension(name)));
    }

    @Override
    public void close() throws IOException {
      members.close();
    }
  }
}
