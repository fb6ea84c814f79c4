package dev.thresher.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A headless Chromium, driven through its own protocol over the JDK's web socket: a driver library
 * would bring another Guava under Spark than users have.
 */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SECONDS = 60;

  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<JsonNode> events = new CopyOnWriteArrayList<>();
  private String session = "";
  private int calls;

  private Browser(Process process, URI address) {
    this.process = process;
    this.socket =
        wait(HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Listener()));
    JsonNode target = call("Target.createTarget", Map.of("url", "about:blank"));
    session =
        call(
                "Target.attachToTarget",
                Map.of("targetId", target.get("targetId").asText(), "flatten", true))
            .get("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", Map.of());
    }
  }

  /** The browser of this machine, if it has one. */
  static Optional<String> executable() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(p -> p + "/" + name))
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst();
  }

  /** Starts it with a profile of its own. */
  static Browser start(Path profile) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                executable().orElseThrow(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("browser.log").toFile())
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    for (int i = 0; i < 10 * SECONDS && process.isAlive(); i++) {
      List<String> lines = Files.exists(port) ? Files.readAllLines(port) : List.of();
      if (lines.size() == 2) {
        return new Browser(process, URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)));
      }
      Thread.sleep(100);
    }
    process.destroyForcibly();
    throw new IOException("no browser: " + Files.readString(profile.resolve("browser.log")));
  }

  /** Opens a page and waits until it is loaded. */
  void open(Path page, int width, String colours) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", width < 600));
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
    events.clear();
    call("Page.navigate", Map.of("url", page.toUri().toString()));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (named("Page.loadEventFired").isEmpty()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("the page does not load: " + events);
      }
      Thread.onSpinWait();
    }
  }

  /** The value of an expression in the page. */
  JsonNode evaluate(String expression) {
    JsonNode answer =
        call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** What the page complained of: exceptions, console messages, the browser's own log. */
  List<String> complaints() {
    List<String> complaints = new ArrayList<>();
    for (String name :
        List.of("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")) {
      named(name).forEach(event -> complaints.add(event.toString()));
    }
    return complaints;
  }

  /** Addresses that the page asked for, itself included, pictures that it holds left out. */
  List<String> requests() {
    return named("Network.requestWillBeSent").stream()
        .map(event -> event.path("params").path("request").path("url").asText())
        .filter(url -> !url.startsWith("data:"))
        .toList();
  }

  private List<JsonNode> named(String method) {
    return events.stream().filter(event -> event.path("method").asText().equals(method)).toList();
  }

  private JsonNode call(String method, Map<String, ?> parameters) {
    int id = ++calls;
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    wait(socket.sendText(message.toString(), true));
    JsonNode given = wait(answer);
    if (given.has("error")) {
      throw new AssertionError(method + ": " + given.get("error"));
    }
    return given.path("result");
  }

  private static <T> T wait(CompletableFuture<T> future) {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("the browser does not answer", e);
    }
  }

  @Override
  public void close() {
    socket.abort();
    process.destroy();
    try {
      process.onExit().get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      process.destroyForcibly().onExit().join();
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        take(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void take(String json) {
      JsonNode message;
      try {
        message = JSON.readTree(json);
      } catch (IOException e) {
        throw new AssertionError(json, e);
      }
      if (message.has("id")) {
        answers.remove(message.get("id").asInt()).complete(message);
      } else {
        events.add(message);
      }
    }
  }
}
