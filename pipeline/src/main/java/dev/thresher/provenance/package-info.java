/** What made an artefact: its inputs, settings, seeds, code and machine. Imports none of ours. */
package dev.thresher.provenance;
