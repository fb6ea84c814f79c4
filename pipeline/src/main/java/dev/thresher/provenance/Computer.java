package dev.thresher.provenance;

import java.io.Serializable;

/**
 * What a process computed with. Sums of floats are taken in an order that depends on all of it but
 * the JVM: runs whose computers are equal give equal models.
 *
 * @param engine name of the engine
 * @param instructionSet what the engine uses, for people
 * @param cpu model as the processor names itself
 * @param jvm vendor, name and version
 */
public record Computer(String engine, String instructionSet, String cpu, String jvm)
    implements Serializable, Comparable<Computer> {
  private static final long serialVersionUID = 1L;

  /** This process, computing with an engine. */
  public static Computer here(String engine, String instructionSet) {
    return new Computer(engine, instructionSet, Processor.NAME, Environment.jvmName());
  }

  /** Read once: tasks ask for it. */
  private static final class Processor {
    static final String NAME = Machine.read().cpu();
  }

  /** The same, but for the JVM. */
  public boolean computesLike(Computer other) {
    return engine.equals(other.engine)
        && instructionSet.equals(other.instructionSet)
        && cpu.equals(other.cpu);
  }

  /** By text: the order means nothing, and is always the same. */
  @Override
  public int compareTo(Computer other) {
    return toString().compareTo(other.toString());
  }
}
