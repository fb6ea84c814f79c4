package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.image.PreparedImage;
import dev.thresher.image.Preprocessing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PreparedPartsTest {
  private final Map<String, byte[]> objects = new HashMap<>();

  private static List<PreparedImage> images(int count) {
    Random random = new Random(11);
    List<PreparedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[5 * 7 * 3];
      random.nextBytes(rgb);
      images.add(PreparedImage.of("ç/" + i, "ç", i - 1, 5, 7, rgb));
    }
    return images;
  }

  private SampleManifest manifest(List<List<PreparedImage>> parts) {
    List<PartRecord> records = new ArrayList<>();
    for (int p = 0; p < parts.size(); p++) {
      PartEncoder.EncodedPart part = PartEncoder.encode(parts.get(p));
      objects.put(PartRecord.name(p), part.content());
      records.add(
          new PartRecord(
              PartRecord.name(p),
              part.content().length,
              part.sha256(),
              parts.get(p).size(),
              part.imagesSha256()));
    }
    return new SampleManifest(
        SampleManifest.FORMAT,
        Preprocessing.IMAGENET_TORCHVISION,
        1,
        0.1,
        List.of(new SourceRecord("s", Layout.LIST, 3)),
        3,
        0,
        1,
        false,
        3,
        3,
        2,
        64,
        List.of(new SampleManifest.Stratum("ç", 3, 3)),
        records,
        List.of(new ImageNote("p", "r")),
        List.of(),
        new TreeMap<>(Map.of(".tif", 2)),
        1,
        List.of(new ImageNote("q", "s")));
  }

  private PreparedParts parts(SampleManifest manifest) {
    return new PreparedParts(manifest, part -> objects.get(part.name()).clone());
  }

  private static List<List<Object>> contents(List<PreparedImage> images) {
    List<List<Object>> all = new ArrayList<>();
    for (PreparedImage image : images) {
      all.add(
          List.of(
              image.id(),
              image.className(),
              image.label(),
              image.height(),
              image.width(),
              java.nio.ByteBuffer.wrap(image.rgb())));
    }
    return all;
  }

  @Test
  void whatIsWrittenIsReadAndTheSameImagesAreTheSameBytes() {
    List<PreparedImage> images = images(70);
    PreparedParts parts = parts(manifest(List.of(images, List.of())));
    assertThat(contents(parts.load(0))).isEqualTo(contents(images));
    assertThat(parts.load(1)).isEmpty();
    assertThat(PartEncoder.encode(images).content())
        .isEqualTo(PartEncoder.encode(images(70)).content());
  }

  @Test
  void manifestSurvivesJson() {
    SampleManifest manifest = manifest(List.of(images(3)));
    String json = manifest.toJson();
    assertThat(SampleManifest.parse(json, "m.json")).isEqualTo(manifest);
    assertThat(SampleManifest.parse(json, "m.json").toJson()).isEqualTo(json);
    assertThat(json).contains("\"part_images\" : 64").contains("\"channel_order\" : \"RGB\"");
    assertThatThrownBy(() -> SampleManifest.parse("{", "m.json"))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("manifest m.json");
    assertThatThrownBy(
            () -> SampleManifest.parse(json.replace("\"format\" : 3", "\"format\" : 2"), "m"))
        .hasMessageContaining("format 2, this version reads 3");
  }

  @Test
  void changedBytesAreRefused() {
    PreparedParts parts = parts(manifest(List.of(images(3))));
    objects.get("part-00000.parquet")[100] ^= 1;
    assertThatThrownBy(() -> parts.load(0))
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("Cannot use part-00000.parquet");
  }

  @Test
  void damagedPartsNeverEscapeAsAnotherException() {
    long seed = 5;
    Random random = new Random(seed);
    byte[] content = PartEncoder.encode(images(3)).content();
    for (int i = 0; i < 200; i++) {
      byte[] damaged = content.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        PartFormat.decode(damaged, "part");
      } catch (SampleException refused) {
        assertThat(refused).as("seed %d", seed).hasMessageContaining("Cannot read part");
      }
    }
  }

  @Test
  void shardsShareThePartsAndTheFirstImagesComeInSampleOrder() {
    List<PreparedImage> all = images(7);
    PreparedParts parts =
        parts(
            manifest(
                List.of(
                    List.of(all.get(0), all.get(3), all.get(6)),
                    List.of(all.get(1), all.get(4)),
                    List.of(all.get(2), all.get(5)))));
    assertThat(parts.partsOfShard(0, 2)).containsExactly(0, 2);
    assertThat(parts.partsOfShard(1, 2)).containsExactly(1);
    assertThat(contents(parts.first(5))).isEqualTo(contents(all.subList(0, 5)));
    assertThat(contents(parts.first(2))).isEqualTo(contents(all.subList(0, 2)));
    assertThat(contents(parts.first(50))).isEqualTo(contents(all));
    assertThat(parts.first(0)).isEmpty();
  }
}
