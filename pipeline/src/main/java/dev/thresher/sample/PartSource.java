package dev.thresher.sample;

import java.io.Serializable;

/** Gives the parts back. */
@FunctionalInterface
public interface PartSource extends Serializable {
  /** The bytes of a part; {@link PreparedParts} holds them against the record. */
  byte[] read(PartRecord part);
}
