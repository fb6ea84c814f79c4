/** The stages of a run: each reads what the one before committed, and writes its own artefacts. */
package dev.thresher.jobs.stages;
