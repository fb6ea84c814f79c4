/** Slow, obvious evaluators and random networks that every engine is tested against. */
package dev.thresher.engine.testing;
