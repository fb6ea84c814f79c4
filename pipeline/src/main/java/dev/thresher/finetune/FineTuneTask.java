package dev.thresher.finetune;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.network.GraphCodec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.TreeMap;

/**
 * One fine-tuning: what is trained, on what, how, on which engine. The result is a pure function of
 * it, and {@link #configurationHash} names it.
 */
public final class FineTuneTask {
  private final ThresholdedNetwork network;
  private final byte[] networkBytes;
  private final String networkHash;
  private final ShardData data;
  private final PixelNormalizer normalizer;
  private final FloatOrigin origin;
  private final FineTuneSettings settings;
  private final RoundPlan plan;
  private final EngineSource engine;
  private final String engineName;

  /** Of a network that was not rescaled. */
  public FineTuneTask(
      ThresholdedNetwork network,
      ShardData data,
      PixelNormalizer normalizer,
      FineTuneSettings settings,
      EngineSource engine) {
    this(network, FloatOrigin.unscaled(network.graph()), data, normalizer, settings, engine);
  }

  /**
   * Encodes and hashes the network, and makes the plan.
   *
   * @param origin what the network was made from: the float network whose logits are the aim
   * @throws FineTuneException where the sample cannot be split as the settings ask
   */
  public FineTuneTask(
      ThresholdedNetwork network,
      FloatOrigin origin,
      ShardData data,
      PixelNormalizer normalizer,
      FineTuneSettings settings,
      EngineSource engine) {
    this.network = network;
    this.origin = origin;
    this.networkBytes = ThresholdedNetworkCodec.encode(network);
    this.networkHash = sha256(networkBytes);
    this.data = data;
    this.normalizer = normalizer;
    this.settings = settings;
    this.plan = RoundPlan.of(data, settings);
    this.engine = engine;
    this.engineName = engine.open().name();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** SHA-256 of all that determines the result: network, origin, sample, settings, engine. */
  public String configurationHash() {
    StringBuilder factors = new StringBuilder(sha256(GraphCodec.encode(origin.graph())));
    new TreeMap<>(origin.factors())
        .forEach((tensor, each) -> factors.append(tensor).append(Arrays.toString(each)));
    String text =
        String.join("\n", networkHash, factors, data.id(), settings.toString(), engineName);
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The state before the first round. */
  public TrainingState initialState() {
    return TrainingState.initial(networkHash, network.initialScales());
  }

  /** Refuses a state of another network or with another number of scales. */
  public void requireFitting(TrainingState state) {
    if (!state.networkHash().equals(networkHash) || state.scales().length != scales()) {
      throw new FineTuneException(
          "Cannot resume from a state of %d scales of network %s: this run trains %d scales of"
                  .formatted(state.scales().length, state.networkHash(), scales())
              + " network "
              + networkHash
              + ". Use the model and the quantization that the state was made with, or start a new"
              + " run.");
    }
    if (state.round() > plan.rounds() || state.step() != plan.firstStep(state.round())) {
      throw new FineTuneException(
          "Cannot resume at round %d, step %d: the plan has %d rounds, and its round starts at step"
                  .formatted(state.round(), state.step(), plan.rounds())
              + " "
              + plan.firstStep(Math.min(state.round(), plan.rounds()))
              + ". Use the settings that the state was made with, or start a new run.");
    }
  }

  /** Makes the frozen network known to this JVM. */
  public void install() {
    FrozenNetworks.install(networkKey(), () -> network, engine::open);
  }

  /** What the scales belong to. */
  public ThresholdedNetwork network() {
    return network;
  }

  /** What that network was made from. */
  public FloatOrigin origin() {
    return origin;
  }

  /** Size of the encoded network. */
  public int networkSize() {
    return networkBytes.length;
  }

  /** A copy of the encoded network, for the broadcast. */
  public byte[] networkBytes() {
    return networkBytes.clone();
  }

  /** Key of the frozen network in {@link FrozenNetworks}. */
  public String networkKey() {
    return FrozenNetworks.key(networkHash, engineName);
  }

  /** Length of the trained vector. */
  public int scales() {
    return network.layout().size();
  }

  /** Logits of an image. */
  public int classes() {
    return network.graph().classes();
  }

  /** The sample. */
  public ShardData data() {
    return data;
  }

  /** How pixels are read. */
  public PixelNormalizer normalizer() {
    return normalizer;
  }

  /** How it is trained. */
  public FineTuneSettings settings() {
    return settings;
  }

  /** Rounds and steps. */
  public RoundPlan plan() {
    return plan;
  }

  /** How a JVM comes to the engine. */
  public EngineSource engine() {
    return engine;
  }

  /** Name of the engine, for provenance. */
  public String engineName() {
    return engineName;
  }
}
