/**
 * The element-wise passes between the convolutions, in SIMD lanes over off-heap buffers. The only
 * package that needs the module jdk.incubator.vector.
 */
package dev.thresher.engine.onednn.vector;
