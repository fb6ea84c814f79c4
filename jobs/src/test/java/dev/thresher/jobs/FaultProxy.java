package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An HTTP proxy before an S3 server that spoils requests for the objects of runs: one in ten for
 * each kind of {@link Fault}. Takes one request a connection. Signatures stay right, since the
 * server sees the host that the client has signed.
 */
final class FaultProxy implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("(?im)^content-length:\\s*(\\d+)\\s*$");
  private static final Pattern DROPPED =
      Pattern.compile("(?im)^(connection|expect|proxy-connection):[^\\r\\n]*\\r\\n");
  private static final int LONGEST_DELAY_MILLIS = 400;

  /** What is done to a request. */
  enum Fault {
    NONE,
    /** 503 SlowDown, without asking the server. */
    THROTTLED,
    /** The connection is reset before the server sees anything. */
    RESET,
    /** The answer ends in its middle. */
    TRUNCATED,
    /** The answer comes late. */
    DELAYED,
    /** The server does it, and the connection is reset before its answer. */
    LOST_ANSWER,
    /** 400 ExpiredToken, without asking the server. */
    EXPIRED
  }

  private final ServerSocket listener;
  private final int server;
  private final Random random;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
  private boolean spoils = true;
  private int expiresAfter = Integer.MAX_VALUE;
  private int requests;

  FaultProxy(URI server, long seed) throws IOException {
    this.server = server.getPort();
    this.random = new Random(seed);
    this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread accepting = new Thread(this::accept, "fault-proxy");
    accepting.setDaemon(true);
    accepting.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** How many requests met which fault. */
  synchronized Map<Fault, Integer> counts() {
    return new EnumMap<>(counts);
  }

  /** From now on only so many requests for objects are answered, with the token expired after. */
  synchronized void expireAfter(int more) {
    spoils = false;
    expiresAfter = requests + more;
  }

  /** From now on nothing is spoilt. */
  synchronized void heal() {
    spoils = false;
    expiresAfter = Integer.MAX_VALUE;
  }

  private synchronized Fault next(String head) {
    if (!head.substring(0, head.indexOf('\r')).contains("/runs/")) {
      return Fault.NONE;
    }
    requests++;
    int draw = random.nextInt(10);
    Fault fault =
        requests > expiresAfter
            ? Fault.EXPIRED
            : spoils && draw < 5 ? Fault.values()[1 + draw] : Fault.NONE;
    counts.merge(fault, 1, Integer::sum);
    return fault;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread thread = new Thread(() -> serve(client), "fault-proxy-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      byte[] head = head(client.getInputStream());
      if (head.length == 0) {
        return;
      }
      String text = new String(head, ISO_8859_1);
      if (text.toLowerCase(java.util.Locale.ROOT).contains("100-continue")) {
        client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
      }
      Matcher length = LENGTH.matcher(text);
      int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
      byte[] body = client.getInputStream().readNBytes(size);
      answer(client, next(text), text, body);
    } catch (IOException | InterruptedException e) {
      // The client, or the server, has gone: what is being tested.
    }
  }

  private void answer(Socket client, Fault fault, String head, byte[] body)
      throws IOException, InterruptedException {
    OutputStream out = client.getOutputStream();
    switch (fault) {
      case THROTTLED -> out.write(error("503 Slow Down", "SlowDown"));
      case EXPIRED -> out.write(error("400 Bad Request", "ExpiredToken"));
      case RESET -> client.setSoLinger(true, 0);
      case LOST_ANSWER -> {
        forward(head, body);
        client.setSoLinger(true, 0);
      }
      case TRUNCATED -> {
        byte[] whole = forward(head, body);
        out.write(whole, 0, cut(whole));
      }
      case DELAYED -> {
        Thread.sleep(delay());
        out.write(forward(head, body));
      }
      case NONE -> out.write(forward(head, body));
    }
    out.flush();
  }

  private synchronized int delay() {
    return 1 + random.nextInt(LONGEST_DELAY_MILLIS);
  }

  /** In the middle of the body, or of the headers where there is none. */
  private static int cut(byte[] whole) {
    int body = new String(whole, ISO_8859_1).indexOf("\r\n\r\n") + 4;
    return body < whole.length ? body + (whole.length - body) / 2 : whole.length / 2;
  }

  private byte[] forward(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server)) {
      String asked = DROPPED.matcher(head).replaceAll("");
      int line = asked.indexOf("\r\n") + 2;
      OutputStream out = socket.getOutputStream();
      out.write((asked.substring(0, line) + "Connection: close\r\n").getBytes(ISO_8859_1));
      out.write(asked.substring(line).getBytes(ISO_8859_1));
      out.write(body);
      out.flush();
      return socket.getInputStream().readAllBytes();
    }
  }

  private static byte[] error(String status, String code) {
    String xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>injected</Message></Error>"
            .formatted(code);
    return "HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        .formatted(status, xml.length(), xml)
        .getBytes(ISO_8859_1);
  }

  /** Up to and with the empty line. */
  private static byte[] head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    byte[] end = {'\r', '\n', '\r', '\n'};
    while (true) {
      int b = in.read();
      if (b < 0) {
        return new byte[0];
      }
      head.write(b);
      byte[] all = b == '\n' ? head.toByteArray() : new byte[0];
      if (all.length >= 4 && Arrays.equals(all, all.length - 4, all.length, end, 0, 4)) {
        return all;
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
