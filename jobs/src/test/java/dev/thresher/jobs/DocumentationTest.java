package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a reader of the documentation can click leads somewhere. */
final class DocumentationTest {

  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> FOLDERS =
      List.of("docs", "deploy", "notebooks", "benchmarks", "pipeline/src");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.+)$", Pattern.MULTILINE);
  private static final Pattern FENCE =
      Pattern.compile("^```.*?^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

  @Test
  void everyRelativeLinkAndAnchorResolves() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      Matcher link = LINK.matcher(prose(page));
      while (link.find()) {
        if (ELSEWHERE.matcher(link.group(1)).matches()) {
          continue;
        }
        links++;
        if (!resolves(page, link.group(1))) {
          broken.add(HOME.relativize(page) + " -> " + link.group(1));
        }
      }
    }
    assertThat(links).isGreaterThan(50);
    assertThat(broken).isEmpty();
  }

  @Test
  void theReadmeLinksEveryPageAndStaysShort() throws IOException {
    String readme = Files.readString(HOME.resolve("README.md"));
    assertThat(readme.length()).isLessThan(7 * 1024);
    try (Stream<Path> docs = Files.list(HOME.resolve("docs"))) {
      assertThat(docs.map(page -> "(docs/" + page.getFileName() + ")"))
          .isNotEmpty()
          .allSatisfy(page -> assertThat(readme).contains(page));
    }
  }

  private static boolean resolves(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    if (!Files.exists(file)) {
      return false;
    }
    return hash < 0 || anchors(file).contains(target.substring(hash + 1));
  }

  /** As the forges make them: lower case, blanks to hyphens, punctuation left out. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Matcher heading = HEADING.matcher(prose(page));
    while (heading.find()) {
      String words = heading.group(1).strip().toLowerCase(Locale.ROOT);
      anchors.add(words.replaceAll("[^\\p{L}\\p{N}_\\- ]", "").replace(' ', '-'));
    }
    return anchors;
  }

  private static String prose(Path page) throws IOException {
    return FENCE.matcher(Files.readString(page)).replaceAll("");
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> top = Files.list(HOME)) {
      top.filter(DocumentationTest::isPage).forEach(pages::add);
    }
    for (String folder : FOLDERS) {
      try (Stream<Path> below = Files.walk(HOME.resolve(folder))) {
        below.filter(DocumentationTest::isPage).forEach(pages::add);
      }
    }
    return pages;
  }

  private static boolean isPage(Path file) {
    return file.toString().endsWith(".md");
  }
}
