/** Plain Java, no native code: slower than the native engine, clear, and the same integers. */
package dev.thresher.engine.reference;
