/** Training states in the run's store: written whole, committed in one step, verified when read. */
package dev.thresher.checkpoint;
