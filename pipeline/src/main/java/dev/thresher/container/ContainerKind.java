package dev.thresher.container;

/**
 * What a container holds.
 *
 * @param name for the header and for messages: {@code rounding}
 * @param version of its facts and arrays; a reader takes one version only
 */
public record ContainerKind(String name, int version) {
  /** A refusal of bytes that should hold this. */
  public ContainerException refusal(String why) {
    return refusal(why, null);
  }

  ContainerException refusal(String why, Throwable cause) {
    return new ContainerException(name, why, cause);
  }
}
