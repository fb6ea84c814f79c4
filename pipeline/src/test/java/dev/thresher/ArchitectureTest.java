package dev.thresher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The directions in which packages may know each other. */
@AnalyzeClasses(packages = "dev.thresher", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "dev.thresher";

  /** What each package may import, and with it whatever that one may. */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          Map.entry("tensor", Set.of()),
          Map.entry("container", Set.of()),
          Map.entry("store", Set.of()),
          Map.entry("provenance", Set.of()),
          Map.entry("publish", Set.of("store")),
          Map.entry("quantize", Set.of("tensor")),
          Map.entry("network", Set.of("tensor", "container")),
          Map.entry("engine", Set.of("network", "quantize")),
          Map.entry("image", Set.of("tensor")),
          Map.entry("sample", Set.of("image", "store")),
          Map.entry("fold", Set.of("network")),
          Map.entry("calibrate", Set.of("fold", "sample", "engine")),
          Map.entry("rescale", Set.of("calibrate")),
          Map.entry("finetune", Set.of("rescale", "engine")),
          Map.entry("bench", Set.of("finetune")),
          Map.entry("checkpoint", Set.of("finetune", "provenance", "store")),
          Map.entry("export", Set.of("finetune", "provenance")),
          Map.entry("device", Set.of("export")),
          Map.entry("evaluate", Set.of("export", "device", "engine")),
          Map.entry("report", Set.of("evaluate", "store")),
          Map.entry("spark", Set.of("evaluate", "checkpoint", "provenance", "store")));

  /** Known by those who name it only, not by those who know them. */
  private static final Set<String> NOT_INHERITED = Set.of("store", "provenance");

  @ArchTest
  static void packagesImportDownstreamOnly(JavaClasses all) {
    MAY_IMPORT.forEach(
        (name, direct) -> {
          TreeSet<String> allowed = new TreeSet<>(direct);
          direct.forEach(other -> inherit(other, allowed));
          allowed.add(name);
          List<String> forbidden =
              MAY_IMPORT.keySet().stream().filter(other -> !allowed.contains(other)).toList();
          noClasses()
              .that()
              .resideInAPackage(subtree(name))
              .should()
              .dependOnClassesThat(
                  DescribedPredicate.describe(
                      "reside in " + forbidden,
                      type -> forbidden.stream().anyMatch(other -> isIn(type, other))))
              .because(name + " may import " + allowed)
              .allowEmptyShould(true)
              .check(all);
        });
  }

  @ArchTest
  static void everyPackageHasAPlace(JavaClasses all) {
    classes()
        .should()
        .resideInAnyPackage(
            MAY_IMPORT.keySet().stream().map(ArchitectureTest::subtree).toArray(String[]::new))
        .because("a new package takes its place in MAY_IMPORT")
        .check(all);
  }

  @ArchTest
  static void onlyTheAdaptersKnowSpark(JavaClasses all) {
    noClasses()
        .that()
        // DL4J's TrainingMaster is a Spark interface.
        .resideOutsideOfPackages(subtree("spark"), subtree("finetune"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "org.deeplearning4j.spark..")
        .check(all);
  }

  @ArchTest
  static void nobodyDeserializesForeignObjects(JavaClasses all) {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage(subtree("jobs"))
        .check(all);
  }

  /** The table itself has no circle. */
  @ArchTest
  static void theTableIsAnOrder(JavaClasses all) {
    MAY_IMPORT.forEach(
        (name, direct) -> {
          TreeSet<String> reached = new TreeSet<>(direct);
          direct.forEach(other -> inherit(other, reached));
          assertThat(reached).as("what %s reaches", name).doesNotContain(name);
        });
  }

  private static void inherit(String name, Set<String> into) {
    for (String other : MAY_IMPORT.get(name)) {
      if (!NOT_INHERITED.contains(other)) {
        into.add(other);
        inherit(other, into);
      }
    }
  }

  private static String subtree(String name) {
    return ROOT + "." + name + "..";
  }

  private static boolean isIn(JavaClass type, String name) {
    String own = ROOT + "." + name;
    return type.getPackageName().equals(own) || type.getPackageName().startsWith(own + ".");
  }
}
