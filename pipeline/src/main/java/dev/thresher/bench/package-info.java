/** How fast the passes of an engine are on this machine, and how much memory they take. */
package dev.thresher.bench;
