package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
  private static final ImageFiles FILES = new ImageFiles(Map.of());
  private static final Labels LABELS =
      Labels.parse("n00000001 tench, a fish\nn00000002 crane\nn00000003 shark\n", "words.txt");

  @TempDir private Path root;

  private Path touch(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[] {1});
  }

  private static PlainSample find(Labels labels, Path... sources) {
    return PlainSample.of(List.of(sources).stream().map(Path::toString).toList(), labels, FILES);
  }

  /** What is known of each image, the size of its file apart. */
  private static List<List<Object>> places(PlainSample found) {
    return found.images().stream()
        .map(image -> List.<Object>of(image.path(), image.id(), image.label()))
        .toList();
  }

  @Test
  void classFoldersAndTheirListAreTheSameImages() throws IOException {
    touch("train/n00000003/a.JPEG");
    touch("train/n00000001/b b.jpg");
    touch("train/n00000001/.hidden.jpg");
    touch("train/n00000001/notes.txt");
    Path beside =
        Files.writeString(
            root.resolve("train.txt"),
            "# images\ntrain/n00000001/b b.jpg 0\n\ntrain/n00000003/a.JPEG\t2\n");
    Path inside =
        Files.writeString(
            root.resolve("train/list.txt"), "n00000003/a.JPEG 2\nn00000001/b b.jpg 0\n");
    PlainSample folder = find(LABELS, root.resolve("train"));
    assertThat(folder.images())
        .extracting(ImageRef::id, ImageRef::label)
        .containsExactly(tuple("n00000001/b b.jpg", 0), tuple("n00000003/a.JPEG", 2));
    assertThat(folder.sources().get(0).layout()).isEqualTo(Layout.CLASS_FOLDERS);
    assertThat(places(find(LABELS, beside))).isEqualTo(places(folder));
    assertThat(places(find(LABELS, inside))).isEqualTo(places(folder));
    PlainSample both = find(LABELS, root.resolve("train"), beside, inside);
    assertThat(places(both)).isEqualTo(places(folder));
    assertThat(both.duplicates()).isEqualTo(4);
    String address = root.resolve("train").toUri().toString();
    assertThat(places(PlainSample.of(List.of(address), LABELS, FILES))).isEqualTo(places(folder));
    assertThat(places(find(Labels.none(), inside)))
        .as("without labels the list's own count, and the classes stay")
        .isEqualTo(places(folder));
  }

  /** Hadoop's view file system stands for all that are not local: it needs no server. */
  @Test
  void foldersAndListsAreReadThroughHadoopTheSame() throws IOException {
    touch("train/n00000001/a b%20.jpg");
    touch("train/n00000003/c.JPEG");
    touch("train/_temporary/d.jpg");
    Files.writeString(
        root.resolve("train/list.txt"), "n00000001/a b%20.jpg 0\nn00000003/c.JPEG 2\n");
    ImageFiles hadoop =
        new ImageFiles(Map.of("fs.viewfs.mounttable.t.link./images", root.toUri().toString()));
    PlainSample folder = PlainSample.of(List.of("viewfs://t/images/train"), LABELS, hadoop);
    assertThat(folder.images())
        .extracting(ImageRef::id)
        .containsExactly("n00000001/a b%20.jpg", "n00000003/c.JPEG");
    assertThat(places(PlainSample.of(List.of("viewfs://t/images/train/list.txt"), LABELS, hadoop)))
        .isEqualTo(places(folder));
    for (ImageRef image : folder.images()) {
      assertThat(hadoop.read(image.location().file(), 10)).containsExactly(1);
    }
    assertThatThrownBy(() -> PlainSample.of(List.of("viewfs://t/images/gone"), LABELS, hadoop))
        .hasMessageContaining("viewfs://t/images/gone: there is no such file or folder");
  }

  @Test
  void withoutLabelsClassesCountInSortedOrder() throws IOException {
    touch("x/dog/1.png");
    touch("x/cat/deeper/2.png");
    assertThat(find(Labels.none(), root.resolve("x")).images())
        .extracting(ImageRef::id, ImageRef::label)
        .containsExactly(tuple("cat/deeper/2.png", 0), tuple("dog/1.png", 1));
  }

  @Test
  void imagesDirectlyInAFolderHaveNoClass() throws IOException {
    touch("flat/a.webp");
    touch("flat/more/b.jpeg");
    PlainSample found = find(LABELS, root.resolve("flat"));
    assertThat(found.sources().get(0).layout()).isEqualTo(Layout.UNLABELLED);
    assertThat(found.images()).extracting(ImageRef::id).containsExactly("a.webp", "more/b.jpeg");
    assertThat(found.images()).extracting(ImageRef::label).containsOnly(-1);
  }

  @Test
  void aFileOfPathsAndLabelsLabelsTheImagesOfAFolder() throws IOException {
    touch("val/c/a.jpg");
    touch("val/d/a.jpg");
    touch("val/d/b.jpg");
    touch("val/d/unknown.jpg");
    Labels labels = Labels.parse("x/val/c/a.jpg 5\nx/val/d/a.jpg 7\nelsewhere/b.jpg 9\n", "l");
    assertThat(find(labels, root.resolve("val")).images())
        .extracting(ImageRef::id, ImageRef::label)
        .containsExactly(
            tuple("c/a.jpg", 5),
            tuple("d/a.jpg", 7),
            tuple("d/b.jpg", 9),
            tuple("d/unknown.jpg", -1));
  }

  @Test
  void aListOfAFlatFolderKnowsImagesByNameAndDoesNotSelectByLabel() throws IOException {
    touch("flat/a.jpg");
    touch("flat/b.jpg");
    Path list = Files.writeString(root.resolve("flat/list.txt"), "a.jpg 2\nb.jpg 1\n");
    assertThat(find(LABELS, list).images())
        .extracting(ImageRef::id, ImageRef::label, ImageRef::stratum)
        .containsExactly(tuple("a.jpg", 2, ""), tuple("b.jpg", 1, ""));
  }

  @Test
  void saysWhatIsWrongWithASource() throws IOException {
    Files.createDirectories(root.resolve("empty"));
    touch("one/c/a.jpg");
    Path label = Files.writeString(root.resolve("label.txt"), "one/c/a.jpg 3\n");
    assertThatThrownBy(() -> find(LABELS, root.resolve("gone")))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("gone: there is no such file or folder");
    assertThatThrownBy(() -> find(LABELS, root.resolve("empty")))
        .hasMessageContaining("empty: it holds none");
    assertThatThrownBy(() -> find(LABELS, root.resolve("one/c/a.jpg")))
        .hasMessageContaining("it is not text");
    assertThatThrownBy(() -> find(LABELS, label))
        .hasMessageContaining("label 3 of one/c/a.jpg")
        .hasMessageContaining("words.txt holds 3 classes, 0 to 2");
  }

  @Test
  void labelsAreOneClassALine() {
    Labels plain = Labels.parse("apple pie\ncrane\ncrane\n", "classes.txt");
    assertThat(plain.indexOf("apple pie")).isZero();
    assertThat(plain.indexOf("absent")).isEqualTo(-1);
    assertThatThrownBy(() -> plain.indexOf("crane")).hasMessageContaining("more than one line");
    assertThat(LABELS.indexOf("n00000003")).isEqualTo(2);
    assertThat(plain.titles()).containsExactly("apple pie", "crane", "crane");
    assertThat(Labels.parse("n00000001 tench, a fish\nn00000002\n", "w").titles())
        .containsExactly("tench, a fish", "n00000002");
    assertThatThrownBy(() -> Labels.parse("a\n\nb\n", "x")).hasMessageContaining("line 2 is empty");
    assertThatThrownBy(() -> Labels.parse("\n", "x")).hasMessageContaining("it is empty");
  }

  @Test
  void realSetsReadTheSameFromFoldersAndLists() throws IOException {
    Path images = SharedData.require("images");
    Labels words = Labels.parse(Files.readString(images.resolve("synset_words.txt")), "words");
    assertThat(words.size()).isEqualTo(1000);
    Map<String, String> lists =
        Map.of("train", "train.txt", "extra", "extra/list.txt", "val", "val.txt");
    Map<String, Integer> sizes = Map.of("train", 1000, "extra", 759, "val", 663);
    lists.forEach(
        (folder, list) -> {
          PlainSample fromFolder = find(words, images.resolve(folder));
          PlainSample fromList = find(words, images.resolve(list));
          assertThat(fromFolder.images()).hasSize(sizes.get(folder));
          assertThat(places(fromList)).isEqualTo(places(fromFolder));
        });
  }
}
