package dev.thresher.network;

/**
 * A trained float network as it was read: the first state of a model.
 *
 * @param name a short name for people, from the file's name
 * @param graph the operators, batch normalization kept where the file keeps it
 * @param sha256 hash of the file and of those beside it that hold its weights, lower-case
 *     hexadecimal
 */
public record FloatNetwork(String name, Graph graph, String sha256) {}
