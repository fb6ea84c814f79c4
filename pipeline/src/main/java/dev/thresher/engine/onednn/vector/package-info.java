/** The element-wise passes between the convolutions, in SIMD lanes over off-heap buffers. */
package dev.thresher.engine.onednn.vector;
