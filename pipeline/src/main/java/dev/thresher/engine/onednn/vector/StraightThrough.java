package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The backward pass over one block of a tensor. Sums are kept lane by lane and added up in a fixed
 * order, so that the same block gives the same bytes every time.
 */
public final class StraightThrough {
  /** Index of the sum of g * residual, in sums filled by {@link #mask}; in state units. */
  public static final int ROUNDING = 0;

  /** Index of the sum of g over elements outside below, less those outside above; in states. */
  public static final int NET = 1;

  /** Index of the sum of g over all elements outside; in states. */
  public static final int GROSS = 2;

  /** What {@link #ROUNDING} is to be divided by. */
  public static final double RESOLUTION = State.RESOLUTION;

  private final float[] lanes = new float[Lanes.COUNT];
  private final ByteBuffer restOfGradients = direct(Gradients.TURN * Gradients.BYTES);
  private final ByteBuffer restOfStates = direct(Gradients.TURN);

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(Lanes.ORDER);
  }

  /**
   * Stops the gradient where the state says so, and gathers the sums of what came: {@code out =
   * inside ? g : 0}. May work in place.
   *
   * @param g gradient at the dequantized values
   * @param sums the three sums are added to it
   */
  public void mask(
      ByteBuffer g,
      int from,
      ByteBuffer states,
      int statesFrom,
      ByteBuffer out,
      int to,
      int n,
      double[] sums) {
    int whole = n / Gradients.TURN * Gradients.TURN;
    maskTurns(g, from, states, statesFrom, out, to, whole, sums);
    if (whole == n) {
      return;
    }
    int rest = n - whole;
    for (int i = 0; i < Gradients.TURN; i++) {
      Gradients.put(i < rest ? Gradients.get(g, from + whole + i) : 0f, restOfGradients, i);
      restOfStates.put(i, i < rest ? states.get(statesFrom + whole + i) : 0);
    }
    maskTurns(restOfGradients, 0, restOfStates, 0, out, to + whole, Gradients.TURN, sums);
  }

  /**
   * Two lanes' worth at a time. The compiler gives up exact types in a method that is much larger
   * than this one, and then allocates vectors.
   */
  private void maskTurns(
      ByteBuffer g,
      int from,
      ByteBuffer states,
      int statesFrom,
      ByteBuffer out,
      int to,
      int n,
      double[] sums) {
    FloatVector rounding = FloatVector.zero(Lanes.FLOATS);
    FloatVector net = rounding;
    FloatVector gross = rounding;
    for (int i = 0; i < n; i += Gradients.TURN) {
      IntVector bitsA;
      IntVector bitsB;
      IntVector stateA;
      IntVector stateB;
      if (Gradients.ARE_BFLOATS) {
        IntVector pairs = Gradients.pairs(g, from + i);
        bitsA = Gradients.even(pairs);
        bitsB = Gradients.odd(pairs);
        IntVector both = Lanes.pairsOfBytes(states, statesFrom + i);
        stateA = both.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
        stateB = both.lanewise(VectorOperators.ASHR, 8);
      } else {
        bitsA = Lanes.ints(g, from + i);
        bitsB = Lanes.ints(g, from + i + Lanes.COUNT);
        stateA = Lanes.signedBytes(states, statesFrom + i);
        stateB = Lanes.signedBytes(states, statesFrom + i + Lanes.COUNT);
      }
      IntVector passedA = bitsA.and(inside(stateA));
      IntVector passedB = bitsB.and(inside(stateB));
      FloatVector stoppedA = bitsA.lanewise(VectorOperators.XOR, passedA).reinterpretAsFloats();
      FloatVector stoppedB = bitsB.lanewise(VectorOperators.XOR, passedB).reinterpretAsFloats();
      FloatVector valueA = Lanes.toFloats(stateA);
      FloatVector valueB = Lanes.toFloats(stateB);
      FloatVector outA = passedA.reinterpretAsFloats();
      FloatVector outB = passedB.reinterpretAsFloats();
      if (Gradients.ARE_BFLOATS) {
        Gradients.storePairs(passedA, passedB, out, to + i);
      } else {
        Lanes.store(outA, out, to + i);
        Lanes.store(outB, out, to + i + Lanes.COUNT);
      }
      rounding = outA.fma(valueA, outB.fma(valueB, rounding));
      net = stoppedA.fma(valueA, stoppedB.fma(valueB, net));
      gross = stoppedA.add(stoppedB.add(gross));
    }
    sums[ROUNDING] += total(rounding);
    sums[NET] += total(net) / State.BELOW;
    sums[GROSS] += total(gross);
  }

  private static IntVector inside(IntVector state) {
    return state.abs().sub(State.BELOW).lanewise(VectorOperators.ASHR, 31);
  }

  private double total(FloatVector vector) {
    Lanes.carried(vector).intoArray(lanes, 0);
    double sum = 0;
    for (int i = 0; i < Lanes.COUNT; i++) {
      sum += lanes[i];
    }
    return sum;
  }
}
