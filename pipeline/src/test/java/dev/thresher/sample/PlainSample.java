package dev.thresher.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a sample must hold, found without a cluster in the obvious way: everything in one list.
 *
 * @param images sorted by id, ids distinct
 * @param sources what was found in each source, in the order given
 * @param duplicates images named more than once, each repetition counted
 * @param ranked images labelled by the rank of their class
 * @param unusable members that cannot be images
 * @param leftOut other files, by kind
 */
public record PlainSample(
    List<ImageRef> images,
    List<SourceRecord> sources,
    int duplicates,
    int ranked,
    List<ImageNote> unusable,
    SortedMap<String, Integer> leftOut) {

  /** What the folders and lists hold. */
  public static PlainSample of(List<String> locations, Labels labels, ImageFiles files) {
    return of(locations, LayoutChoice.AUTO, labels, files);
  }

  /** What the sources hold. */
  public static PlainSample of(
      List<String> locations, LayoutChoice layout, Labels labels, ImageFiles files) {
    List<SourceRecord> records = new ArrayList<>();
    List<ImageRef> all = new ArrayList<>();
    List<ImageNote> unusable = new ArrayList<>();
    TreeMap<String, Integer> leftOut = new TreeMap<>();
    for (String location : locations) {
      Source source = Sources.open(location, layout, files);
      int before = all.size();
      for (IndexUnit unit : source.units()) {
        try (IndexCursor members = unit.open(files, labels)) {
          members.forEachRemaining(
              member -> {
                if (member instanceof ImageRef image) {
                  all.add(image);
                } else if (member instanceof ImageNote note) {
                  unusable.add(note);
                } else if (member instanceof LeftOut others) {
                  others.kinds().forEach((kind, n) -> leftOut.merge(kind, n, Integer::sum));
                }
              });
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      if (all.size() == before) {
        throw source.empty();
      }
      records.add(new SourceRecord(location, source.layout(), all.size() - before));
    }
    TreeSet<String> classes = new TreeSet<>();
    all.stream().map(ImageRef::className).filter(name -> !name.isEmpty()).forEach(classes::add);
    Labels indices = labels.orSorted(classes);
    TreeMap<String, ImageRef> byId = new TreeMap<>();
    int duplicates = 0;
    for (ImageRef image : all) {
      duplicates += byId.putIfAbsent(image.id(), image.labelled(indices)) == null ? 0 : 1;
    }
    int ranked =
        labels.equals(indices)
            ? 0
            : (int) all.stream().filter(ImageRef::isOfAClassWithoutLabel).count();
    return new PlainSample(
        List.copyOf(byId.values()), records, duplicates, ranked, unusable, leftOut);
  }

  private record Keyed(ImageRef item, long hash) {}

  private static List<ImageRef> ordered(List<ImageRef> images, String purpose, long seed) {
    SeededHash hash = new SeededHash(seed);
    return images.stream()
        .map(image -> new Keyed(image, hash.of(purpose, image.id())))
        .sorted(
            Comparator.<Keyed, Long>comparing(Keyed::hash, Long::compareUnsigned)
                .thenComparing(keyed -> keyed.item().id()))
        .map(Keyed::item)
        .toList();
  }

  /** The selected images, in sample order. */
  public static List<ImageRef> select(Collection<ImageRef> images, double fraction, long seed) {
    Map<String, List<ImageRef>> strata = new TreeMap<>();
    for (ImageRef image : images) {
      strata.computeIfAbsent(image.stratum(), name -> new ArrayList<>()).add(image);
    }
    Map<String, Integer> sizes = new TreeMap<>();
    strata.forEach((name, members) -> sizes.put(name, members.size()));
    Map<String, Integer> quotas = Selection.quotas(sizes, fraction, seed);
    List<ImageRef> selected = new ArrayList<>();
    strata.forEach(
        (name, members) ->
            selected.addAll(ordered(members, "select", seed).subList(0, quotas.get(name))));
    return ordered(selected, "order", seed);
  }

  /** The plan of a fraction of the images. */
  public SamplePlan plan(double fraction, long seed, int partImages) {
    List<ImageRef> selected = select(images, fraction, seed);
    int parts = SamplePlan.parts(selected.size(), partImages, 1);
    List<PlannedPart> planned = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      List<ImageRef> members = new ArrayList<>();
      for (int i = part; i < selected.size(); i += parts) {
        members.add(selected.get(i));
      }
      planned.add(PlannedPart.of(part, members));
    }
    Map<String, Integer> found = count(images);
    Map<String, Integer> taken = count(selected);
    List<SampleManifest.Stratum> strata = new ArrayList<>();
    found.forEach(
        (name, n) -> strata.add(new SampleManifest.Stratum(name, n, taken.getOrDefault(name, 0))));
    return new SamplePlan(
        new SampleContents(
            sources, duplicates, ranked, false, strata, leftOut, unusable.size(), unusable),
        seed,
        fraction,
        partImages,
        planned);
  }

  private static Map<String, Integer> count(List<ImageRef> images) {
    Map<String, Integer> counts = new TreeMap<>();
    images.forEach(image -> counts.merge(image.stratum(), 1, Integer::sum));
    return counts;
  }

  /** Ids and labels, in order. */
  public Map<String, Integer> labels() {
    Map<String, Integer> labels = new TreeMap<>();
    images.forEach(image -> labels.put(image.id(), image.label()));
    return labels;
  }

  /** Ids in the order of a plan. */
  public static List<String> ids(SamplePlan plan) {
    Map<Integer, String> ids = new HashMap<>();
    for (PlannedPart part : plan.parts()) {
      List<ImageRef> refs = part.refs();
      for (int row = 0; row < refs.size(); row++) {
        ids.put(row * plan.parts().size() + part.part(), refs.get(row).id());
      }
    }
    return new TreeMap<>(ids).values().stream().toList();
  }
}
