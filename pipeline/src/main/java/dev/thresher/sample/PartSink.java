package dev.thresher.sample;

import java.io.Serializable;

/**
 * Takes the parts that tasks make.
 *
 * <p>An object becomes visible whole or not at all. The same name may be written again with the
 * same bytes, by a retried or speculative task, also at the same time. Parts count only once the
 * driver has committed a manifest that names them.
 */
@FunctionalInterface
public interface PartSink extends Serializable {
  /**
   * What was written.
   *
   * @param name under which it is found: another one than asked for where an object of other bytes
   *     has the name already, left behind by a job that ended early
   * @param sha256 of its bytes, hexadecimal
   */
  record Written(String name, String sha256) {}

  /** Writes one object; {@code content} is not kept. */
  Written write(String name, byte[] content);
}
