/** Shapes and constant tensors; imports nothing of ours. */
package dev.thresher.tensor;
