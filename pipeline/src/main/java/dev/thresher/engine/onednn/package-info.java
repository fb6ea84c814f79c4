/**
 * The engine for x86 processors: convolutions by oneDNN, integer forward and straight-through
 * backward, with element-wise passes of its own in between.
 */
package dev.thresher.engine.onednn;
