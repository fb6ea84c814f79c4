/**
 * Import of Keras HDF5 files: DL4J's model import opens the file and reads configuration and
 * weights; the layers become operators here.
 *
 * <p>DL4J's own ComputationGraph is not built in between: it refuses a convolution after a global
 * pooling that keeps its dimensions (MobileNet-v1), and forgets groups.
 */
package dev.thresher.network.keras;
