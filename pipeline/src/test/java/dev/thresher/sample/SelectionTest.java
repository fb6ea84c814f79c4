package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of the selection, on random class sizes. */
class SelectionTest {
  private static final long SEED = 7;

  private static ImageRef image(String prefix, String className, int k) {
    String name = className + "_" + k + ".JPEG";
    String path = prefix + "/" + className + "/" + name;
    return new ImageRef(new ImageLocation.WholeFile(path, 7), className, name, -1);
  }

  private static List<ImageRef> images(String prefix, Map<String, Integer> sizes) {
    List<ImageRef> images = new ArrayList<>();
    sizes.forEach(
        (name, n) -> {
          for (int k = 0; k < n; k++) {
            images.add(image(prefix, name, k));
          }
        });
    return images;
  }

  private static Map<String, Integer> randomSizes(long seed) {
    Random random = new Random(seed);
    Map<String, Integer> sizes = new TreeMap<>();
    for (int c = 0; c < 40; c++) {
      sizes.put("n%03d".formatted(c), 1 + random.nextInt(30));
    }
    return sizes;
  }

  private static List<String> ids(List<ImageRef> images) {
    return images.stream().map(ImageRef::id).toList();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.1, 0.29, 0.3, 1.0 / 3.0, 0.5, 0.999, 1.0})
  void totalIsRoundedAndEveryClassIsWithinOneImageOfItsShare(double fraction) {
    Map<String, Integer> sizes = randomSizes(3);
    int n = sizes.values().stream().mapToInt(Integer::intValue).sum();
    Map<String, Integer> quotas = Selection.quotas(sizes, fraction, SEED);
    assertThat(quotas.values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo((int) Math.max(1, Math.rint(fraction * n)));
    sizes.forEach(
        (name, size) -> {
          assertThat(quotas.get(name)).isBetween(0, size);
          assertThat(Math.abs(quotas.get(name) - fraction * size)).isLessThan(1.0 + 1e-9);
        });
  }

  @Test
  void oneImagePerClassAtTenPercentGivesATenthOfTheClasses() {
    Map<String, Integer> sizes = new TreeMap<>();
    for (int c = 0; c < 1000; c++) {
      sizes.put("c" + c, 1);
    }
    assertThat(PlainSample.select(images("", sizes), 0.1, SEED)).hasSize(100);
  }

  @Test
  void listingOrderAndPathPrefixDoNotMatter() {
    Map<String, Integer> sizes = randomSizes(4);
    List<ImageRef> images = images("/a", sizes);
    List<String> expected = ids(PlainSample.select(images, 0.3, SEED));
    Collections.shuffle(images, new Random(1));
    assertThat(ids(PlainSample.select(images, 0.3, SEED))).isEqualTo(expected);
    assertThat(ids(PlainSample.select(images("s3a://b/c", sizes), 0.3, SEED))).isEqualTo(expected);
    assertThat(ids(PlainSample.select(images, 0.3, SEED + 1))).isNotEqualTo(expected);
  }

  @Test
  void aLargerFractionOfAClassHoldsTheSmaller() {
    List<ImageRef> images = images("", Map.of("only", 200));
    List<String> small = ids(PlainSample.select(images, 0.1, SEED));
    List<String> large = ids(PlainSample.select(images, 0.4, SEED));
    assertThat(large).containsAll(small).hasSize(80);
  }

  @Test
  void labelsMoveNothingWhereFoldersSayTheClass() {
    List<ImageRef> images = images("", randomSizes(5));
    List<ImageRef> labelled = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      ImageRef image = images.get(i);
      labelled.add(new ImageRef(image.location(), image.className(), image.name(), i % 10));
    }
    assertThat(ids(PlainSample.select(labelled, 0.2, SEED)))
        .isEqualTo(ids(PlainSample.select(images, 0.2, SEED)));
  }

  @Test
  void partsHoldEachImageOnceAndDifferBySizeByOneAtMost() {
    for (int n : new int[] {1, 63, 64, 65, 128, 1000}) {
      List<ImageRef> images = images("", Map.of("c", n));
      PlainSample found = new PlainSample(images, List.of(), 0, 0, List.of(), new TreeMap<>());
      List<String> order =
          PlainSample.select(images, 1.0, SEED).stream().map(ImageRef::id).toList();
      SamplePlan plan = found.plan(1.0, SEED, 64);
      int parts = plan.parts().size();
      assertThat(parts).isEqualTo((int) Math.max(1, Math.ceil(n / 64.0)));
      assertThat(PlainSample.ids(plan)).isEqualTo(order);
      List<ImageRef> all = new ArrayList<>();
      for (PlannedPart part : plan.parts()) {
        assertThat(part.images()).isBetween(n / parts, n / parts + 1);
        assertThat(part.bytes()).isEqualTo(7L * part.images());
        all.addAll(part.refs());
      }
      assertThat(new HashSet<>(all)).hasSize(n).isEqualTo(new HashSet<>(images));
      assertThat(all).hasSize(n);
    }
  }

  @Test
  void slotsGiveWhatTheirStratumGivesSmallestHashesFirst() {
    List<ImageRef> images = images("", randomSizes(6));
    DrawKeys keys = new DrawKeys(SEED);
    TreeMap<DrawKey.Slot, Integer> counts = new TreeMap<>();
    images.forEach(image -> counts.merge(keys.key(image, 0).slot(), 1, Integer::sum));
    Map<DrawKey.Slot, Integer> taken = new TreeMap<>();
    PlainSample.select(images, 0.3, SEED)
        .forEach(image -> taken.merge(keys.key(image, 0).slot(), 1, Integer::sum));
    Map<DrawKey.Slot, Integer> quotas = new TreeMap<>(Selection.quotas(counts, 0.3, SEED));
    quotas.values().removeIf(n -> n == 0);
    assertThat(quotas).isEqualTo(taken);
  }

  @Test
  void theOrderIsPinned() {
    List<ImageRef> images = images("", Map.of("a", 3, "b", 3));
    String order =
        PlainSample.select(images, 1.0, SEED).stream()
            .map(ImageRef::name)
            .collect(Collectors.joining(" "));
    // From SHA-256 by another program: the samples of stored runs must not move.
    assertThat(order).isEqualTo("b_2.JPEG a_0.JPEG a_1.JPEG a_2.JPEG b_1.JPEG b_0.JPEG");
  }

  @Test
  void refusesFractionsThatAreNone() {
    for (double fraction : new double[] {0, -0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> PlainSample.select(List.of(), fraction, SEED))
          .hasMessageContaining("fraction of " + fraction);
    }
  }
}
