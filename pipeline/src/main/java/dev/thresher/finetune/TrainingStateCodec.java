package dev.thresher.finetune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.container.Container;
import dev.thresher.container.ContainerException;
import dev.thresher.container.ContainerKind;
import dev.thresher.container.ContainerWriter;
import dev.thresher.finetune.TrainingState.Best;
import java.util.Optional;

/**
 * A training state as a {@link Container}, exactly: every bit of every float comes back. Its arrays
 * are scales [n], moments [2, n] and, where a state was judged, best [n].
 */
public final class TrainingStateCodec {
  private static final ContainerKind KIND = new ContainerKind("training state", 3);
  private static final ObjectMapper JSON = new ObjectMapper();

  private TrainingStateCodec() {}

  /** The bytes of a state; equal states give equal bytes. */
  public static byte[] encode(TrainingState state) {
    ObjectNode facts = JSON.createObjectNode();
    facts.put("network", state.networkHash());
    facts.put("step", state.step());
    facts.put("optimizer_origin", state.optimizerOrigin());
    facts.put("round", state.round());
    facts.put("rollbacks", state.rollbacks());
    state
        .best()
        .ifPresent(
            best -> facts.putObject("best").put("round", best.round()).put("loss", best.loss()));
    float[] scales = state.scales();
    ContainerWriter writer =
        new ContainerWriter(KIND, facts)
            .floats("scales", scales, scales.length)
            .floats("moments", state.moments(), 2, scales.length);
    state.best().ifPresent(best -> writer.floats("best", best.scales(), best.scales().length));
    return writer.encode();
  }

  /**
   * The state of some bytes.
   *
   * @throws FineTuneException for bytes of another kind or version, or damaged ones
   */
  public static TrainingState decode(byte[] bytes) {
    try {
      Container in = Container.read(bytes, KIND);
      int n = in.length("scales");
      TrainingState state =
          new TrainingState(
              in.text("network"),
              in.floats("scales", n),
              in.floats("moments", 2, n),
              in.integer("step"),
              in.integer("optimizer_origin"),
              in.integer("round"),
              best(in, n),
              in.integer("rollbacks"));
      in.finish();
      return state;
    } catch (ContainerException e) {
      throw new FineTuneException(e.getMessage(), e);
    }
  }

  private static Optional<Best> best(Container in, int n) {
    JsonNode best = in.facts().path("best");
    if (best.isMissingNode()) {
      return Optional.empty();
    }
    if (!best.path("round").isInt() || !best.path("loss").isDouble()) {
      throw KIND.refusal("its best state has no round or no loss.");
    }
    return Optional.of(
        new Best(best.path("round").asInt(), best.path("loss").asDouble(), in.floats("best", n)));
  }
}
