/** One HTML file that says what came of a run, from the objects that the run has left. */
package dev.thresher.report;
