package dev.thresher.jobs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * Holds this machine's clock against that of an S3 server, which refuses requests of other times.
 */
final class ClockCheck {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** From here on logs of several machines are hard to read together. */
  private static final Duration NOTED = Duration.ofSeconds(60);

  /** S3 answers RequestTimeTooSkewed beyond this. */
  private static final Duration REFUSED = Duration.ofMinutes(15);

  private ClockCheck() {}

  /** Empty where the server does not tell its time. */
  static Optional<Finding> of(URI endpoint) {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(TIMEOUT)
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<Void> answer =
          HttpClient.newBuilder()
              .connectTimeout(TIMEOUT)
              .build()
              .send(request, HttpResponse.BodyHandlers.discarding());
      Instant now = Instant.now();
      return answer
          .headers()
          .firstValue("Date")
          .map(date -> ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant())
          .map(theirs -> skew(Duration.between(theirs, now)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (IOException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Of a clock that is so far ahead of the server's. */
  static Finding skew(Duration ahead) {
    Duration size = ahead.abs();
    String found =
        size.toSeconds()
            + " s "
            + (ahead.isNegative() ? "behind" : "ahead of")
            + " the store's clock";
    String advice = "set this machine's clock, with NTP";
    if (size.compareTo(REFUSED) >= 0) {
      return Finding.fail("clock", found + "; S3 refuses requests from 900 s on", advice);
    }
    return size.compareTo(NOTED) >= 0
        ? Finding.warn("clock", found, advice)
        : Finding.ok("clock", found);
  }
}
